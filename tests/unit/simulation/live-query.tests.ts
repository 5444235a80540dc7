/** Live queries of the simulation: each shows what its own selector asks for, whatever else is open. */

import { Tinytest } from 'meteor/tinytest';
import { SimulatedConnection } from '../../../simulation/connection';
import { DocumentDatabase } from '../../../simulation/document-database';
import type { Fields } from '../../../simulation/grammar/values';
import { OpenQuery } from '../../../simulation/live-query';
import { type VirtualProcess, VirtualTime } from '../../../simulation/virtual-time';
import { createHasher } from '../../../src/matching/hint';
import { installFeed } from '../../../src/meteor/live-queries/install-feed';
import { Log } from '../../../src/observability/log';
import { Metrics } from '../../../src/observability/metrics';
import { ConnectionFeed } from '../../../src/strategies/feed/connection-feed';
import { QUIET } from '../../../tools/quiet-logger';

const NEVER = Number.POSITIVE_INFINITY;
const WRITER = { startedAt: 0, killedAt: NEVER, endedAt: NEVER, leftToPollingFrom: NEVER };
const COLLECTION = 'posts';
const DOCUMENTS: readonly Fields[] = [{ _id: 'object', b: {} }, { _id: 'number', b: 1 }, { _id: 'none' }];
const UNLIMITED = { sort: undefined, limit: undefined, projection: undefined, collation: undefined };

for (const [title, selectors] of [
  ['a field', [{}, { b: undefined }]],
  ['an operand', [{ b: {} }, { b: { $eq: undefined } }]],
  ['a part of an object', [{ b: {} }, { b: { x: undefined } }]],
] as const) {
  Tinytest.addAsync(
    `simulation - a live query without ${title} and one that has undefined there show different documents`,
    async (test) => {
      test.equal(await shownWrongly(selectors), [[], []]);
    },
  );
}

/** Opens live queries on one node, and returns the ids that each shows wrongly. */
function shownWrongly(selectors: readonly Fields[]): Promise<(readonly string[])[]> {
  const time = new VirtualTime(1);
  return time.run(async (process) => {
    const database = new DocumentDatabase(time, process);
    for (const document of DOCUMENTS) {
      await database.write(WRITER, process, COLLECTION, { method: 'insertAsync', args: [document] });
    }
    const connection = fedConnection(database, process);
    const queries = selectors.map((selector) => new OpenQuery(COLLECTION, { ...UNLIMITED, selector }));
    for (const query of queries) await query.open(connection);
    return queries.map((query) => query.wrongIds(database.documents(COLLECTION)));
  });
}

function fedConnection(database: DocumentDatabase, process: VirtualProcess): SimulatedConnection {
  const connection = new SimulatedConnection({ databaseName: 'test', database, process, writer: WRITER });
  installFeed(connection, {
    isSynced: () => true,
    createFeed: (source) =>
      new ConnectionFeed({
        source,
        hash: createHasher('tests'),
        receivedUntil: () => performance.now(),
        audit: { share: 0 },
        log: new Log(QUIET),
        metrics: new Metrics(),
        emit: () => {},
      }),
  });
  return connection;
}
