/** The audit of skipped changes with documents and live queries that the test decides about. */

import { Tinytest } from 'meteor/tinytest';
import { Log } from '../../../../src/observability/log';
import { Metrics } from '../../../../src/observability/metrics';
import { Audit } from '../../../../src/strategies/feed/audit';
import type { FedQuery } from '../../../../src/strategies/feed/fed-query';
import { eventually, pause } from '../../../support/eventually';

const HINT = { kind: 'update', fields: new Map([['n', null]]) } as const;
const READ_AFTER_MS = 5;
const CONFIRM_AFTER_MS = 20;

/** An audit of one live query, which shows `a` wrongly until it is dispatched. */
function stage(share = 1) {
  const query = { isSteady: true, wrong: new Set(['a']), description: { selector: { room: 'lobby' } } };
  const state = {
    reads: [] as string[],
    dispatched: [] as string[],
    lines: [] as string[],
    fails: false,
    heals: true,
    wrong: 0,
  };
  const events: unknown[] = [];
  const metrics = new Metrics();
  const fedQuery = { ...query, differs: (id: string) => query.wrong.has(id) };
  Object.defineProperty(fedQuery, 'isSteady', { get: () => query.isSteady });
  const audit = new Audit({
    share,
    readAfterMs: READ_AFTER_MS,
    confirmAfterMs: CONFIRM_AFTER_MS,
    name: 'items',
    listeners: { all: () => [fedQuery as unknown as FedQuery] },
    reporting: {
      log: new Log({ debug() {}, info() {}, warn: (line) => void state.lines.push(line), error() {} }),
      metrics,
      emit: (name, event) => void events.push([name, event]),
    },
    readOne: async (id) => {
      state.reads.push(id);
      if (state.fails) throw new Error('no connection');
      return { _id: id };
    },
    onWrong: () => {
      state.wrong += 1;
    },
    dispatch: async (id) => {
      state.dispatched.push(id);
      if (state.heals) query.wrong.delete(id);
    },
  });
  const settled = () => pause(10 * CONFIRM_AFTER_MS);
  return { audit, query, state, events, metrics, settled };
}

Tinytest.addAsync(
  'audit - what differs for long is dispatched, counted and reported without values',
  async (test) => {
    const { audit, state, events, metrics } = stage();
    audit.consider('a', HINT);
    await eventually('the report', () => metrics.audited === 1);
    test.equal([metrics.wrong, state.wrong, state.dispatched, state.reads], [1, 1, ['a'], ['a', 'a']]);
    test.matches(
      String(state.lines),
      /a change of "items" was skipped wrongly.*update of \["n"\], live query \{"room":"string"\}\. An outside write/,
    );
    test.equal(events, [
      [
        'wrongSkip',
        { collection: 'items', write: { kind: 'update', fields: ['n'] }, selector: { room: 'string' } },
      ],
    ]);
  },
);

Tinytest.addAsync('audit - what does not differ is right, after one read', async (test) => {
  const { audit, state, events, metrics } = stage();
  audit.consider('b', HINT);
  await eventually('the audit', () => metrics.audited === 1);
  test.equal([metrics.wrong, state.dispatched, state.reads, events], [0, [], ['b'], []]);
});

Tinytest.addAsync('audit - what differs only until its change arrives is right', async (test) => {
  const { audit, query, state, metrics } = stage();
  audit.consider('a', HINT);
  await eventually('the first read', () => state.reads.length === 1);
  query.wrong.clear();
  await eventually('the audit', () => metrics.audited === 1);
  test.equal([metrics.wrong, state.reads.length], [0, 2]);
});

Tinytest.addAsync(
  'audit - what a live query does not show even when dispatched is outside its window',
  async (test) => {
    const { audit, state, metrics } = stage();
    state.heals = false;
    audit.consider('a', HINT);
    await eventually('the audit', () => metrics.audited === 1);
    test.equal([metrics.wrong, state.dispatched], [0, ['a']]);
  },
);

Tinytest.addAsync('audit - a live query that is not STEADY shows nothing final', async (test) => {
  const { audit, query, metrics } = stage();
  query.isSteady = false;
  audit.consider('a', HINT);
  await eventually('the audit', () => metrics.audited === 1);
  test.equal(metrics.wrong, 0);
});

Tinytest.addAsync(
  'audit - of a document that is read anyway, and after a re-query, nothing is said',
  async (test) => {
    const { audit, state, metrics, settled } = stage();
    audit.consider('a', HINT);
    audit.drop('a');
    audit.consider('b', HINT);
    audit.consider('c', HINT);
    audit.dropAll();
    audit.consider('d', HINT);
    audit.stop();
    await settled();
    test.equal([state.reads, metrics.audited], [[], 0]);
  },
);

Tinytest.addAsync('audit - a document that is read between the comparisons is not judged', async (test) => {
  const { audit, state, metrics, settled } = stage();
  audit.consider('a', HINT);
  await eventually('the first read', () => state.reads.length === 1);
  audit.drop('a');
  await settled();
  test.equal([state.reads.length, state.dispatched, metrics.audited], [1, [], 0]);
});

Tinytest.addAsync('audit - of two skips of a document the later one is judged', async (test) => {
  const { audit, state, events, metrics, settled } = stage();
  audit.consider('a', HINT);
  audit.consider('a', { kind: 'insert', fields: new Map() });
  await eventually('the report', () => metrics.audited === 1);
  await settled();
  test.equal([metrics.audited, state.reads.length], [1, 2]);
  test.equal(events.length === 1 && JSON.stringify(events[0]).includes('"insert"'), true);
});

Tinytest.addAsync('audit - a read that fails says nothing', async (test) => {
  const { audit, state, metrics, settled } = stage();
  state.fails = true;
  audit.consider('a', HINT);
  await eventually('the read', () => state.reads.length === 1);
  await settled();
  state.fails = false;
  test.equal([metrics.audited, state.reads.length], [0, 1]);
});

Tinytest.addAsync('audit - only its share is audited, and at most 1000 documents at a time', async (test) => {
  const { random } = Math;
  try {
    Math.random = () => 0.5;
    for (const [share, reads] of [
      [0.5, 0],
      [0.51, 1],
    ] as const) {
      const { audit, state, settled } = stage(share);
      audit.consider('b', HINT);
      await settled();
      test.equal(state.reads.length, reads, `a share of ${share}`);
    }
  } finally {
    Math.random = random;
  }
  const { audit, state, metrics } = stage();
  for (let n = 0; n < 1001; n += 1) audit.consider(`b${n}`, HINT);
  await eventually('the audits', () => metrics.audited === 1000);
  test.isFalse(state.reads.includes('b1000'));
});
