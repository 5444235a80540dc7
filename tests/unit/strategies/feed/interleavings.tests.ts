/**
 * Every order of the steps of a few writes on two nodes ends in right views; and a broken rule is found.
 *
 * `CLUSTER_TEST_RUNS=1000000` tries as many orders of each scenario; by default fewer, depth first, and as many random ones.
 * `CLUSTER_TEST_SEED` repeats the random ones. Stand-in only: it takes long on a busy machine, and needs nothing of Meteor.
 */

import { Tinytest } from 'meteor/tinytest';
import type { Change } from '../../../../src/changes/change';
import { newSeed, Random } from '../../../../tools/random';
import {
  type Exploration,
  explore,
  type ModelWrite,
  type Scenario,
  sample,
} from '../../../support/interleavings';

const seed = newSeed();
const MAX_ORDERS = Number(process.env.CLUSTER_TEST_RUNS) || 100;

const READY = { state: 'ready' };
const D = { _id: 'D', state: 'ready', tick: 0, room: 1 };
const E = { _id: 'E', state: 'idle', tick: 0, room: 1 };
const TICK = { tick: 1 };

const ONE = { multi: false };

/** Writes the documents of a selector. */
const bySelector = (node: 0 | 1, selector: object, $set: object, options = { multi: true }): ModelWrite => ({
  node,
  method: 'updateAsync',
  args: [selector as never, { $set: $set as never }, options],
});
const byId = (node: 0 | 1, _id: string, $set: object): ModelWrite => bySelector(node, { _id }, $set, ONE);

const insert = (node: 0 | 1, document: object): ModelWrite => ({
  node,
  method: 'insertAsync',
  args: [document as never],
});

const remove = (node: 0 | 1, selector: object): ModelWrite => ({
  node,
  method: 'removeAsync',
  args: [selector as never],
});

/** Takes a document that is ready: the look-up could not find it again, so the change has a scope. */
const take = (node: 0 | 1, more: object = {}): ModelWrite =>
  bySelector(node, READY, { state: 'running', ...more }, ONE);

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a write by selector, and another that moves the document': {
    documents: [D, E],
    queries: [[TICK], [TICK]],
    writes: [bySelector(0, READY, TICK), byId(1, 'D', { state: 'running' }), byId(1, 'E', READY)],
  },
  'a single update by selector, and another that moves the document': {
    documents: [D, { ...E, ...READY }],
    queries: [[], [TICK]],
    writes: [bySelector(0, READY, TICK, ONE), byId(1, 'D', { state: 'running' })],
  },
  'two writes by selector that miss the document': {
    documents: [D, { ...E, ...READY }],
    queries: [[], [TICK]],
    // Each writes one document and finds the other, so no count shows that one was missed.
    writes: [
      bySelector(0, READY, TICK, ONE),
      bySelector(0, { room: 1 }, { state: 'running' }, ONE),
      byId(1, 'D', { room: 2 }),
    ],
  },
  'a live query that is opened while its document leaves': {
    documents: [{ ...D, ...TICK }],
    queries: [[], [TICK]],
    writes: [byId(0, 'D', { tick: 2 }), byId(1, 'D', READY)],
    opensQueries: true,
  },
  'a live query that is opened while documents change, come and go': {
    documents: [{ ...D, ...TICK }],
    queries: [[], [{ ...TICK, room: 1 }]],
    writes: [byId(0, 'D', { room: 2 }), insert(0, { _id: 'F', ...TICK, room: 1 }), remove(1, { _id: 'D' })],
    opensQueries: true,
  },
  'a document that enters and leaves again': {
    documents: [{ ...D, room: 2 }],
    queries: [[], [{ room: 1 }]],
    writes: [byId(0, 'D', { room: 1 }), byId(0, 'D', { room: 2 })],
  },
  'a write without ids, and others that move documents into its selector': {
    documents: [D, E],
    queries: [[{ state: 'running' }], [{ state: 'running' }, { room: 1 }]],
    writes: [take(0), byId(1, 'E', READY), byId(1, 'D', { room: 2 })],
  },
  'a remove by selector, and others that move documents into it and out of it': {
    documents: [D, E],
    queries: [[{ room: 1 }], [{ room: 1 }]],
    writes: [remove(0, READY), byId(1, 'E', READY), byId(1, 'D', { state: 'idle' })],
  },
  'a look-up that misses a document which a write without ids has moved': {
    documents: [D, { ...E, ...READY }],
    queries: [[TICK], [TICK, { room: 1 }]],
    writes: [bySelector(0, READY, TICK, ONE), take(1)],
  },
  'a write without ids that selects by what another such write has changed': {
    documents: [D],
    queries: [[{ room: 1 }], [{ room: 1 }]],
    writes: [take(0), bySelector(1, { state: 'running' }, { state: 'done', tick: 2 }, ONE)],
  },
  'a document that a write without ids changes while it is read': {
    documents: [{ ...D, room: 2 }],
    queries: [[{ room: 1 }], [{ room: 1, state: 'ready' }]],
    writes: [byId(0, 'D', { room: 1 }), take(1)],
  },
  'a live query that is opened while a write without ids is made': {
    documents: [D],
    queries: [[], [READY]],
    writes: [take(0), byId(0, 'D', { tick: 3 })],
    opensQueries: true,
  },
  'an insert, and others that change the document': {
    documents: [],
    queries: [[{ room: 1 }], [{ room: 1 }]],
    writes: [insert(0, D), bySelector(1, READY, TICK), byId(1, 'D', { room: 2 })],
  },
  'an insert, and writes without ids that find the document': {
    documents: [],
    queries: [[{ room: 1 }, READY], []],
    writes: [insert(0, D), take(1), remove(1, { room: 1 })],
  },
  'an insert of a document that another node removes and inserts': {
    documents: [D],
    queries: [[{ room: 1 }], [{ room: 1 }]],
    writes: [remove(1, { _id: 'D' }), insert(0, { ...D, tick: 2 }), byId(1, 'D', { tick: 3 })],
  },
  'a remove, and another node that inserts the document again': {
    documents: [D],
    queries: [[{ room: 1 }], [{ room: 1 }]],
    writes: [remove(0, { _id: 'D' }), insert(1, { ...D, tick: 2 })],
  },
  'a remove of a document that another node changes and moves': {
    documents: [{ ...D, room: 2 }],
    queries: [[{ room: 1 }], [{ room: 1 }]],
    writes: [remove(0, { _id: 'D' }), byId(1, 'D', { room: 1 }), bySelector(1, READY, TICK)],
  },
  'a live query that is opened during an insert': {
    documents: [],
    queries: [[], [{ room: 1 }, READY]],
    writes: [insert(1, D), byId(0, 'D', { tick: 3 })],
    opensQueries: true,
  },
  'two nodes that make a document match together': {
    documents: [E],
    queries: [[{ ...TICK, room: 2 }], [{ ...TICK, room: 2 }]],
    writes: [byId(0, 'E', TICK), byId(1, 'E', { room: 2 })],
  },
};

/** Rules that are taken out, with a scenario that must notice. */
const BROKEN: readonly (readonly [string, keyof typeof SCENARIOS, (change: Change) => Change])[] = [
  [
    'a look-up that says nothing of itself',
    'a write by selector, and another that moves the document',
    (change) => ({ ...change, lookedUp: undefined }),
  ],
  [
    'a look-up that names other fields than those of its selector',
    'a single update by selector, and another that moves the document',
    (change) => ({ ...change, lookedUp: change.lookedUp && { ...change.lookedUp, selected: ['room'] } }),
  ],
  [
    'a hint without the changed field',
    'two nodes that make a document match together',
    ({ hints, ...change }) => ({
      ...change,
      hints: hints && new Map([...hints].map(([id, { kind }]) => [id, { kind, fields: new Map() }])),
    }),
  ],
  [
    'a scope that selects other documents than its write',
    'a write without ids that selects by what another such write has changed',
    ({ scopes, ...change }) => ({
      ...change,
      scopes: scopes?.map(({ hint }) => ({ hint, selected: [{ path: 'state', scalars: ['--------'] }] })),
    }),
  ],
  [
    'a scope without the changed fields',
    'a write without ids, and others that move documents into its selector',
    ({ scopes, ...change }) => ({
      ...change,
      scopes: scopes?.map(({ hint, selected }) => ({ hint: { ...hint, fields: new Map() }, selected })),
    }),
  ],
];

function describe({ orders, isComplete, wrong }: Exploration): string {
  if (wrong) return `after ${orders} orders: ${wrong.view}\n  ${wrong.steps.join('\n  ')}`;
  return `${orders} orders, ${isComplete ? 'which are all' : 'not all'}`;
}

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  Tinytest.addAsync(`interleavings - ${name}: every view is right`, async (test) => {
    const explored = await explore(scenario, MAX_ORDERS);
    if (process.env.CLUSTER_TEST_RUNS) console.log(`${name}: ${describe(explored)}`);
    test.isUndefined(explored.wrong, describe(explored));
    if (explored.isComplete) return;
    const random = new Random(seed);
    const sampled = await sample(scenario, MAX_ORDERS, () => random.fraction());
    test.isUndefined(sampled.wrong, describe(sampled));
  });
}

for (const [rule, name, breaks] of BROKEN) {
  Tinytest.addAsync(`interleavings - ${rule} is found`, async (test) => {
    const random = new Random(1);
    const broken = { ...(SCENARIOS[name] as Scenario), breaks };
    const { wrong } = await sample(broken, 2000, () => random.fraction());
    test.isTrue(wrong !== undefined);
  });
}
