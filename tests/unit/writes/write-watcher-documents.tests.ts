/** The document that a write leaves is reported where it is certain that the database has it just so. */

import { Tinytest } from 'meteor/tinytest';
import {
  type CallOfDriver,
  type WatchOptions,
  type WritableCollection,
  type WriteKnowledge,
  watchWrites,
} from '../../../src/writes/write-watcher';
import type { AsyncMethod } from '../../support/watched-write';
import { idsOf } from '../../support/watched-write';

interface Circumstances {
  readonly options?: Partial<WatchOptions>;
  readonly call?: Partial<Omit<CallOfDriver<never>, 'result'>>;
  readonly isOfUse?: boolean;
  readonly method?: 'insertAsync' | 'upsertAsync' | 'removeAsync';
  /** Called after the call of the application, before its write has ended. */
  readonly meanwhile?: (document: { _id: string; list: number[] }) => void;
}

/** Writes a document. @returns the document as the watcher reports it */
async function reportedDocument(circumstances: Circumstances): Promise<unknown> {
  const { options, call, isOfUse = true, method = 'insertAsync', meanwhile } = circumstances;
  const reports: (WriteKnowledge | undefined)[] = [];
  const write = {
    isDocumentOfUse: isOfUse,
    end: (_outcome: unknown, _ids: unknown, knowledge?: WriteKnowledge) => void reports.push(knowledge),
  };
  const collection: WritableCollection = { [method]: async () => (method === 'removeAsync' ? 1 : 'a') };
  watchWrites(collection, {
    idsOf,
    isInnermost: true,
    isAcknowledged: true,
    begin: () => write,
    callDriver: (make) => ({ result: make(), transaction: undefined, isDriverCalled: true, ...call }),
    ...options,
  });
  const document = { _id: 'a', list: [1] };
  const written = (collection[method] as AsyncMethod)(document);
  meanwhile?.(document);
  await written;
  return reports[0]?.document;
}

Tinytest.addAsync('write watcher - an inserted document is reported', async (test) => {
  test.equal(await reportedDocument({}), { _id: 'a', list: [1] });
});

Tinytest.addAsync(
  'write watcher - a removed document is reported, unless its selector has changed',
  async (test) => {
    const method = 'removeAsync';
    test.equal(await reportedDocument({ method }), null);
    const meanwhile = (selector: { _id: string }) => {
      selector._id = 'b';
    };
    test.isUndefined(await reportedDocument({ method, meanwhile }));
  },
);

const UNREPORTED: Readonly<Record<string, Circumstances>> = {
  'is of no use': { isOfUse: false },
  'may have been changed by hooks': { options: { isInnermost: false } },
  'the database does not acknowledge': { options: { isAcknowledged: false } },
  'has reached the driver nobody knows how': { call: { isDriverCalled: false } },
  'belongs to a transaction': { call: { transaction: { hold: (begin) => begin() } } },
  'was upserted': { method: 'upsertAsync' },
  'the application has changed since': { meanwhile: ({ list }) => void list.push(2) },
};

for (const [name, circumstances] of Object.entries(UNREPORTED)) {
  Tinytest.addAsync(`write watcher - a document that ${name} is not reported`, async (test) => {
    test.isUndefined(await reportedDocument(circumstances));
  });
}
