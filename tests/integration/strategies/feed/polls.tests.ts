/** Which documents count as found by polls, with Meteor's own observe drivers. */

import { rawItems } from '../../../support/database';
import { eventually, pause } from '../../../support/eventually';
import { FeedStage } from '../../../support/feed-stage';
import { addTest, type Test } from '../../../support/scope';

const CONFIRM_MS = 300;

/** A stage with a live query of two documents. */
function pollTest(
  outcome: string,
  run: (stage: FeedStage, test: Test, ids: [string, string]) => Promise<void>,
): void {
  addTest(`polls - ${outcome}`, async (test, scope) => {
    const stage = new FeedStage({ confirmPollsAfterMs: CONFIRM_MS });
    scope.defer(() => stage.stop());
    const { group } = stage;
    const ids: [string, string] = [`${group}-1`, `${group}-2`];
    await rawItems().insertMany(ids.map((_id) => ({ _id, group, n: 1 })));
    await stage.watch({ group });
    await run(stage, test, ids);
  });
}

pollTest('each outside write that a poll finds counts', async (stage, test, [changed, removed]) => {
  const { group, metrics } = stage;
  await rawItems().updateOne({ _id: changed }, { $set: { n: 2 } });
  await rawItems().deleteOne({ _id: removed });
  await rawItems().insertOne({ _id: `${group}-3`, group, n: 1 });
  await stage.requery(true);
  await eventually('all three', () => metrics.foundByPolls === 3);
  await stage.requery(true);
  await pause(2 * CONFIRM_MS);
  test.equal(metrics.foundByPolls, 3, 'a poll that finds nothing new counts nothing');
});

pollTest('a write whose change arrives after the poll does not count', async (stage, test, [changed]) => {
  await rawItems().updateOne({ _id: changed }, { $set: { n: 2 } });
  await stage.requery(true);
  await stage.handleChange(changed);
  await pause(2 * CONFIRM_MS);
  test.equal(stage.metrics.foundByPolls, 0);
});

pollTest('without a connection a poll shows nothing about messages', async (stage, test, [changed]) => {
  await rawItems().updateOne({ _id: changed }, { $set: { n: 2 } });
  await stage.requery(false);
  await pause(2 * CONFIRM_MS);
  test.equal(stage.metrics.foundByPolls, 0);
});
