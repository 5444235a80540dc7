/**
 * The theorem of `unit/query-index-properties.tests.ts` with writes that the database executes: a live query that a change
 * leaves out has the same result before and after.
 *
 * Fewer cases, as each write takes milliseconds. Operators that the database does not know count as refused writes.
 * Stand-in only, as fast-check is no dependency of the package.
 */

import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { Mongo } from 'meteor/mongo';
import { type History, history } from '../../../../simulation/grammar/histories';
import type { Fields } from '../../../../simulation/grammar/values';
import type { Write } from '../../../../simulation/grammar/writes';
import { type Documents, innerArguments, NO_DOCUMENTS } from '../../../../simulation/memory-database';
import { throughDriver } from '../../../../simulation/stored';
import { stringifyId } from '../../../../src/meteor/ids';
import { MUTATIONS } from '../../../../src/writes/mutations';
import { type FailedMethod, outcomeOfError } from '../../../../src/writes/write-outcome';
import { toDriver } from '../../../../stand-in/object-id';
import { newSeed } from '../../../../tools/random';
import { INSTANCE } from '../../../support/node-collections';
import { addTest } from '../../../support/scope';
import { Batch, changeOf, checkSkips, judgedQueries } from '../../../support/skip-check';

const seed = newSeed();
const numRuns = Math.ceil((Number(process.env.CLUSTER_TEST_RUNS) || 1200) / 30);

/** The methods behind a collection, where Cluster reads the arguments of writes. */
type Inner = Readonly<Record<Write['method'], (...args: readonly unknown[]) => Promise<unknown>>>;

addTest(
  'skips - a live query that a change leaves out has the same result in the database',
  async (test, scope) => {
    const collection = new Mongo.Collection<Fields>(`skips-${process.pid}`, INSTANCE);
    const { _collection: inner } = collection as unknown as { _collection: Inner };
    const raw = collection.rawCollection();
    scope.defer(() => raw.drop());
    let executed = 0;

    const read = async (known: Documents): Promise<Documents> => {
      const documents = await collection.find({}).fetchAsync();
      return new Map(
        documents.map((document) => {
          const id = stringifyId(document._id);
          const old = known.get(id);
          return [id, old && isDeepStrictEqual(old, document) ? old : document];
        }),
      );
    };

    const replay = async (run: History) => {
      const queries = judgedQueries(run);
      const batch = new Batch();
      await raw.deleteMany({});
      // Some values are refused.
      const first = run.documents.map((document) => toDriver(throughDriver(document)) as never);
      await raw.insertMany(first, { ordered: false }).catch(() => {});
      let documents = await read(NO_DOCUMENTS);
      let published = documents;
      for (const [n, { write, isByOther, isPublished }] of run.steps.entries()) {
        const { method } = write;
        const args = innerArguments(write);
        const failed = { isSingle: MUTATIONS[method]?.isSingle(args[2]) ?? false, isInnermost: true };
        const written = await outcomeOf(() => inner[method](...args), failed);
        const before = documents;
        documents = await read(before);
        if (written.isChanged) {
          executed += 1;
          const change = changeOf(method, args, written.result, { before, after: documents });
          batch.add(change, isByOther);
        }
        if (!isPublished && n < run.steps.length - 1) continue;
        checkSkips(queries, published, documents, batch.takeAll());
        published = documents;
      }
    };

    await fc.assert(fc.asyncProperty(history, replay), { seed, numRuns, includeErrorInReport: true });
    test.isTrue(executed > numRuns, `only ${executed} writes of ${numRuns} histories were executed`);
  },
);

async function outcomeOf(
  run: () => Promise<unknown>,
  failed: FailedMethod,
): Promise<{ readonly isChanged: boolean; readonly result?: unknown }> {
  try {
    return { isChanged: true, result: await run() };
  } catch (error) {
    return { isChanged: outcomeOfError(error, failed) !== 'unchanged' };
  }
}
