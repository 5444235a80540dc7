/**
 * How the feed and Meteor's own oplog observe drivers interact when reads, queries and writes overlap. Each test forces an
 * order of events, by holding reads back. The suite of convergence covers random orders.
 */

import { defaultConnection } from '../../../../src/meteor/collections/collections';
import { rawItems } from '../../../support/database';
import { eventually, pause } from '../../../support/eventually';
import { FeedStage } from '../../../support/feed-stage';
import { addTest, type Test } from '../../../support/scope';

function feedTest(outcome: string, run: (stage: FeedStage, test: Test) => Promise<void>): void {
  addTest(`feed - ${outcome}`, async (test, scope) => {
    const stage = new FeedStage();
    scope.defer(() => stage.stop());
    await run(stage, test);
  });
}

/** A document that a live query shows is read and, before it is dispatched, written. */
async function readThenWritten(stage: FeedStage) {
  const { group } = stage;
  const _id = `${group}-1`;
  await rawItems().insertOne({ _id, group, n: 1 });
  const query = await stage.watch({ group });
  const read = stage.holdRead('after');
  const handled = stage.handleChange(_id);
  await read.began;
  await rawItems().updateOne({ _id }, { $set: { n: 2 } });
  return { _id, query, read, handled };
}

feedTest('changed documents and fed live queries are read from the primary', async (stage, test) => {
  const _id = `${stage.group}-1`;
  await rawItems().insertOne({ _id, group: stage.group, n: 1 });
  await stage.watch({ group: stage.group });
  await stage.handleChange(_id);
  test.equal(stage.readOptions, [{ readPreference: 'primary', projection: {}, limit: 1 }]);
  const [multiplexer] = Object.values(defaultConnection()._observeMultiplexers ?? {});
  const { options } = multiplexer?._observeDriver?._cursorDescription ?? {};
  test.equal(options?.readPreference, 'primary');
});

feedTest('a new live query does not show what was read before it began', async (stage, test) => {
  const { group } = stage;
  const { _id, query: first, read, handled } = await readThenWritten(stage);
  const { queried } = stage;
  const opening = stage.watch({ group, n: { $gt: 0 } });
  await eventually('the new driver to query', () => stage.queried > queried);
  read.release();
  await handled;
  const second = await opening;
  await stage.isIdle();
  test.equal(second.shown(_id), [2]);
  await stage.handleChange(_id);
  await stage.isIdle();
  test.equal([first.shown(_id), second.shown(_id)], [[1, 2], [2]]);
});

feedTest('what was read before a live query is re-queried is read again after it', async (stage, test) => {
  const { _id, query, read, handled } = await readThenWritten(stage);
  await stage.requery();
  test.equal(query.shown(_id), [1, 2]);
  read.release();
  await handled;
  await stage.isIdle();
  test.equal(query.shown(_id), [1, 2]);
});

feedTest('a driver is not re-queried while it fetches, but right after', async (stage, test) => {
  const { group } = stage;
  const _id = `${group}-1`;
  await rawItems().insertOne({ _id, group, n: 1 });
  const query = await stage.watch({ group });
  // Changed while the driver is QUERYING, the document is fetched afterwards; that fetch is held back.
  const [read, fetch] = [stage.holdRead('after'), stage.holdRead('after')];
  const handled = stage.handleChange(_id);
  await read.began;
  await stage.requery();
  const { fetched } = stage;
  read.release();
  await handled;
  await eventually('the driver to fetch', () => stage.fetched > fetched);
  await fetch.began;
  const { queried } = stage;
  const requeried = stage.requery();
  // The drivers would be due within a second.
  await pause(1200);
  test.equal(stage.queried, queried);
  await rawItems().updateOne({ _id }, { $set: { n: 2 } });
  fetch.release();
  await requeried;
  await stage.isIdle();
  test.equal(query.shown(_id), [1, 2]);
});

feedTest('drivers become STEADY although a document changes all the time', async (stage, test) => {
  const { group } = stage;
  const _id = `${group}-1`;
  await rawItems().insertOne({ _id, group, n: 1 });
  const query = await stage.watch({ group });
  stage.readTimeMs = 20;
  const stream = setInterval(() => void stage.handleChange(_id), 5);
  try {
    for (let round = 1; round <= 3; round += 1) {
      await stage.requery();
      await eventually('the driver to become STEADY', () => stage.isSteady(), 3000);
    }
    await rawItems().updateOne({ _id }, { $set: { n: 2 } });
    await eventually('the update to be shown', () => query.shown(_id).includes(2), 3000);
  } finally {
    clearInterval(stream);
  }
  await stage.isIdle();
  test.equal(query.shown(_id), [1, 2]);
});
