/** Grammar of what happens to one collection: its documents, live queries, and writes one after the other. Stand-in only. */

import fc from 'fast-check';
import { type LiveQuery, liveQuery, singleQuery, windowQuery } from './queries';
import { type Fields, fields, fillSlots, IDS, ordered, slotValues } from './values';
import { type Write, write } from './writes';

/** A write by one of two nodes. */
export interface Step {
  readonly write: Write;
  readonly isByOther: boolean;
  /** Whether each node publishes what it has written since it published last. */
  readonly isPublished: boolean;
}

export interface History {
  /** As an application inserts them. */
  readonly documents: readonly Fields[];
  readonly queries: readonly LiveQuery[];
  readonly steps: readonly Step[];
  /** Whether the matcher of the live queries does, from Meteor 3.5 on. */
  readonly knowsCollations: boolean;
}

const documents = fc
  .array(fields, { minLength: 1, maxLength: IDS.length })
  .map((all) => all.map((each, n) => ({ ...each, _id: IDS[n] })));

const step: fc.Arbitrary<Step> = fc.record({
  write,
  isByOther: fc.constantFrom(false, false, true),
  isPublished: fc.boolean(),
});

/** Few live queries after few writes find a broken rule soonest. */
const template = fc.record({
  documents,
  queries: fc.array(liveQuery, { minLength: 1, maxLength: 2 }),
  steps: fc.array(step, { minLength: 1, maxLength: 10 }),
  knowsCollations: fc.boolean(),
});

/** Documents inside and outside a range, pattern or window, and writes that move them. */
const orderedTemplate = fc.record({
  documents: fc
    .array(fc.record({ a: ordered, b: ordered }), { minLength: IDS.length, maxLength: IDS.length })
    .map((all) => all.map((each, n) => ({ ...each, _id: IDS[n] }))),
  queries: fc.array(fc.oneof(windowQuery, singleQuery), { minLength: 1, maxLength: 1 }),
  steps: fc.array(
    fc.tuple(fc.constantFrom(...IDS), fc.constantFrom('a', 'a', 'b'), ordered).map(
      ([_id, name, value]): Step => ({
        write: { method: 'updateAsync', args: [{ _id }, { $set: { [name]: value } }] },
        isByOther: false,
        isPublished: true,
      }),
    ),
    { minLength: 1, maxLength: 4 },
  ),
  knowsCollations: fc.boolean(),
});

export const history: fc.Arbitrary<History> = fc
  .tuple(fc.oneof({ weight: 2, arbitrary: template }, orderedTemplate), slotValues)
  .map(([shape, values]) => fillSlots(shape, values) as History);
