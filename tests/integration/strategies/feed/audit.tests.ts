/** The audit of skipped changes: what was skipped wrongly is found, counted, reported without values, and shown. */

import { Log } from '../../../../src/observability/log';
import { eventually } from '../../../support/eventually';
import type { StageOptions } from '../../../support/feed-stage';
import { OrderStage } from '../../../support/order-stage';
import { addTest, type Scope } from '../../../support/scope';

const QUIET = { debug() {}, info() {}, error() {} };
const AUDIT = { share: 1, readAfterMs: 20, confirmAfterMs: 100 };

function start(scope: Scope, options: Partial<StageOptions> = {}) {
  const events: unknown[] = [];
  const lines: string[] = [];
  const stage = new OrderStage({
    audit: AUDIT,
    emit: (name, event) => void (name === 'wrongSkip' && events.push(event)),
    log: new Log({ ...QUIET, warn: (line) => void lines.push(line) }),
    ...options,
  });
  scope.defer(() => stage.stop());
  return { stage, events, lines };
}

addTest('audit - a change that was skipped rightly is right', async (test, scope) => {
  const { stage, events } = start(scope);
  const { group, away } = stage;
  await stage.store({ a: {}, other: { group: away } });
  const query = await stage.watch({ group });
  await stage.change('other', { n: 2 });
  await eventually('the audit', () => stage.metrics.audited === 1);
  test.equal([stage.metrics.wrong, events, query.documents()], [0, [], stage.shows({ a: 1 })]);
});

addTest(
  'audit - a document that was skipped wrongly is reported without values, and shown',
  async (test, scope) => {
    const { stage, events, lines } = start(scope);
    const { group, away } = stage;
    await stage.store({ a: { group: away } });
    const query = await stage.watch({ group, n: { $gte: 0 } });
    // The hint does not name the field that has changed.
    const message = await stage.set('a', { kind: 'x' });
    await stage.set('a', { group });
    await stage.receive(message);
    test.equal(query.documents(), {});
    await eventually('the document to be shown', () => Object.keys(query.documents()).length === 1);
    await eventually('the report', () => events.length === 1);
    test.equal([stage.metrics.audited, stage.metrics.wrong], [1, 1]);
    const selector = { group: 'string', n: { $gte: 'number' } };
    test.equal(events, [{ collection: 'items', write: { kind: 'update', fields: ['kind'] }, selector }]);
    test.equal(lines.length, 1);
    test.isFalse(lines.join().includes(group));
  },
);

addTest('audit - a stale document that a live query holds is found too', async (test, scope) => {
  const { stage } = start(scope);
  const { group } = stage;
  await stage.store({ a: {} });
  const query = await stage.watch({ group });
  // Skipped as if no live query held it.
  const message = await stage.set('a', { n: 2 });
  stage.forgetHolders(stage.id('a'));
  await stage.receive(message);
  test.equal(query.documents(), stage.shows({ a: 1 }));
  await eventually('the document to be shown', () => query.documents()[stage.id('a')] === 2);
  await eventually('the count', () => stage.metrics.wrong === 1);
});

addTest('audit - a write whose message is late is no wrong skip', async (test, scope) => {
  const { stage, events } = start(scope, { audit: { ...AUDIT, confirmAfterMs: 60_000 } });
  const { group, away } = stage;
  await stage.store({ a: { group: away } });
  const query = await stage.watch({ group });
  const skipped = await stage.set('a', { kind: 'x' });
  const late = await stage.set('a', { group });
  const read = stage.holdRead('after');
  await stage.receive(skipped);
  await read.began;
  read.release();
  await stage.receive(late);
  test.equal(query.documents(), stage.shows({ a: 1 }));
  test.equal([stage.metrics.audited, stage.metrics.wrong, events], [0, 0, []]);
});

addTest(
  'audit - a document outside the window of a limited live query is no wrong skip',
  async (test, scope) => {
    const { stage } = start(scope);
    const { group } = stage;
    await stage.store({ a: { n: 1 }, b: { n: 2 }, c: { n: 3 }, d: { n: 4 }, e: { n: 5 } });
    const query = await stage.watch({ group }, { sort: { n: 1 }, limit: 2 });
    await stage.change('e', { kind: 'x' });
    await eventually('the audit', () => stage.metrics.audited === 1);
    test.equal([stage.metrics.wrong, query.documents()], [0, stage.shows({ a: 1, b: 2 })]);
  },
);

addTest('audit - without the option nothing is audited', async (test, scope) => {
  const { stage } = start(scope, { audit: { share: 0, readAfterMs: 0 } });
  const { group, away } = stage;
  await stage.store({ other: { group: away } });
  await stage.watch({ group });
  await stage.change('other', { n: 2 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  test.equal(
    [stage.metrics.documentsSkipped, stage.metrics.audited, stage.readsOf(stage.id('other'))],
    [1, 0, 0],
  );
});
