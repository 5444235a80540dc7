/** Properties of the pending changes: within the bounds exact, beyond them wider, never narrower. */

import fc from 'fast-check';
import type { Change } from '../../../src/changes/change';
import { PendingChanges } from '../../../src/changes/pending-changes';
import type { Hint } from '../../../src/matching/hint';
import { expect, expectSame, holds } from '../../support/properties';

const COLLECTIONS = ['x', 'y'];
const DATABASES = [undefined, 'd'];
/** The documented size of an id: its characters, two bytes each, and 64 for its place. */
const BYTES_PER_ENTRY = 64;

/** A change to add, and whether its collection is taken afterwards. */
interface Step {
  readonly change: Change;
  readonly isTaken: boolean;
}

const ids = fc.array(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 6 });
const hint: fc.Arbitrary<Hint> = fc.record({
  kind: fc.constantFrom('insert', 'update', 'remove'),
  fields: fc
    .array(fc.tuple(fc.constantFrom('room', 'state'), fc.constantFrom('11111111', '22222222', null)), {
      maxLength: 2,
    })
    .map((fields) => new Map(fields)),
});
const change: fc.Arbitrary<Change> = fc
  .record({
    database: fc.constantFrom(...DATABASES),
    collection: fc.constantFrom(...COLLECTIONS),
    ids: fc.oneof({ weight: 6, arbitrary: ids }, { weight: 1, arbitrary: fc.constant('all' as const) }),
    hint: fc.option(hint),
  })
  .map(({ hint: each, ...rest }) => {
    if (rest.ids === 'all' || !each) return rest;
    return { ...rest, hints: new Map(rest.ids.map((id) => [id, each])) };
  });
const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({ change, isTaken: fc.boolean() }), { maxLength: 40 });

/** Adds and takes, and compares what is taken with plain sets. */
function follow(pending: PendingChanges, given: readonly Step[], isExact: boolean): void {
  const added = new Map<string, Set<string> | 'all'>();
  const compare = (key: string) => {
    const taken = pending.take(key)?.ids;
    const expected = added.get(key);
    added.delete(key);
    if (expected === undefined) expectSame(taken, undefined);
    else if (isExact) expectSame(taken, expected === 'all' ? 'all' : [...expected]);
    else if (taken !== 'all') {
      expect(expected !== 'all' && [...expected].every((id) => taken?.includes(id)), 'ids are missing');
    }
  };
  for (const { change: each, isTaken } of given) {
    const key = pending.add(each);
    const known = added.get(key);
    if (each.ids === 'all') added.set(key, 'all');
    else if (known !== 'all' && each.ids.length > 0) added.set(key, new Set([...(known ?? []), ...each.ids]));
    if (isTaken) compare(key);
  }
  expectSame(pending.keys.sort(), [...added.keys()].sort());
  for (const key of [...added.keys()]) compare(key);
  expect(pending.isEmpty, 'something is left');
}

holds('pending changes - within the bounds, exactly what was added is taken', [steps], (given) => {
  follow(new PendingChanges(), given, true);
});

holds(
  'pending changes - beyond the bounds, no id is missing from what is taken',
  [steps, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 1000 })],
  (given, maxIds, maxBytes) => {
    follow(new PendingChanges(maxIds, maxBytes), given, false);
  },
);

holds(
  'pending changes - the ids and hints that are kept are within the bounds',
  [fc.array(change, { maxLength: 40 }), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 1000 })],
  (changes, maxIds, maxBytes) => {
    const pending = new PendingChanges(maxIds, maxBytes);
    for (const each of changes) pending.add(each);
    let bytes = 0;
    for (const { ids: kept, hints } of pending.takeAll()) {
      if (kept === 'all') continue;
      expect(kept.length <= maxIds, `${kept.length} ids`);
      for (const id of kept) bytes += BYTES_PER_ENTRY + 2 * id.length + bytesOf(hints?.get(id));
    }
    expect(bytes <= maxBytes, `${bytes} bytes`);
  },
);

function bytesOf(each: Hint | undefined): number {
  const fields = [...(each?.fields ?? [])];
  return fields.reduce(
    (sum, [name, hash]) => sum + BYTES_PER_ENTRY + 2 * (name.length + (hash?.length ?? 0)),
    0,
  );
}

holds(
  'pending changes - an id has a hash only where each of its changes had it',
  [fc.array(fc.option(hint), { minLength: 1, maxLength: 4 })],
  (hints) => {
    const pending = new PendingChanges();
    for (const each of hints) {
      const known = each ? new Map([['1', each]]) : undefined;
      pending.add({ collection: 'x', ids: ['1'], hints: known });
    }
    const merged = pending.takeAll()[0]?.hints?.get('1');
    if (!merged) return;
    for (const each of hints) {
      if (!each) throw new Error('one of them had no hint');
      expect(each.kind === merged.kind, 'another kind');
      for (const name of each.fields.keys()) expect(merged.fields.has(name), `${name} is missing`);
    }
    for (const [name, hash] of merged.fields) {
      if (hash !== null)
        expect(
          hints.every((each) => each?.fields.get(name) === hash),
          `${name} is ${hash}`,
        );
    }
  },
);

holds(
  'pending changes - what is taken makes room',
  [fc.array(fc.string({ minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 10 }), fc.nat({ max: 30 })],
  (each, times) => {
    const pending = new PendingChanges(10, 10 * (BYTES_PER_ENTRY + 2 * 5));
    for (let time = 0; time < times; time += 1) {
      const key = pending.add({ collection: 'x', ids: each });
      expectSame(pending.take(key)?.ids, [...new Set(each)]);
    }
  },
);
