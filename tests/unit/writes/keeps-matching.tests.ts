/** Whether documents still match their selector after an update: only then may a look-up by it find what was written. */

import { Tinytest } from 'meteor/tinytest';
import { outcomeOfResult } from '../../../src/writes/write-outcome';
import { copySelector } from '../../../src/writes/write-watcher';
import { keepsMatching } from '../../../src/writes/written-fields';

const SELECTOR = { state: 'open', 'owner.name': 'me' };
const TICK = { $set: { tick: 1 } };

Tinytest.add('changed fields - an update of other fields keeps documents matching', (test) => {
  for (const modifier of [TICK, { $inc: { n: 1 }, $rename: { a: 'b' } }, { $unset: { 'list.0': '' } }])
    test.isTrue(keepsMatching([SELECTOR, modifier]), JSON.stringify(modifier));
  test.isTrue(keepsMatching([SELECTOR, TICK, { multi: true, arrayFilters: [{}], upsert: false }]));
});

Tinytest.add('changed fields - an update of a field that the selector asks for does not', (test) => {
  const modifiers = [
    { $set: { state: 'open' } },
    { $set: { 'state.since': 1 } },
    { $set: { owner: 1 } },
    { $unset: { 'owner.age': '' } },
    { $rename: { state: 'old' } },
    { $rename: { tick: 'state' } },
    { $rename: { tick: 'owner.name' } },
    { ...TICK, $inc: { state: 1 } },
  ];
  for (const modifier of modifiers)
    test.isFalse(keepsMatching([SELECTOR, modifier]), JSON.stringify(modifier));
});

Tinytest.add('changed fields - what is not taken apart may change any field', (test) => {
  const modifiers: unknown[] = [
    { state: 'replaced' },
    {},
    { $set: new Map([['tick', 1]]) },
    { $set: 'tick' },
    { $rename: { tick: 7 } },
    { ...TICK, tock: 1 },
    { tick$: { n: 1 } },
    [{ $set: { tick: 1 } }],
    undefined,
    new Map(),
  ];
  for (const modifier of modifiers)
    test.isFalse(keepsMatching([SELECTOR, modifier]), JSON.stringify(modifier));
});

Tinytest.add('changed fields - a selector or an option that is not understood may match anything', (test) => {
  const selectors = [{ $or: [{ state: 'open' }] }, { $where: 'true' }, 'an id', new Map([['state', 'open']])];
  for (const selector of selectors) test.isFalse(keepsMatching([selector, TICK]), JSON.stringify(selector));
  for (const options of [{ upsert: true }, { collation: { locale: 'en' } }, { other: 1 }, 'multi', null])
    test.isFalse(keepsMatching([SELECTOR, TICK, options]), JSON.stringify(options));
});

class HexId {
  toHexString(): string {
    return 'a';
  }
}

/** As the driver's classes have it. */
class Long {
  readonly _bsontype = 'Long';
}

Tinytest.add('selector copy - later changes of the application do not reach it', (test) => {
  const selector = {
    at: new Date(7),
    list: [{ n: 1 }],
    none: null,
    pattern: /x/,
    id: new HexId(),
    bare: Object.assign(Object.create(null), { n: 1 }),
    long: new Long(),
  };
  const copy = copySelector(selector) as typeof selector;
  test.equal(copy, { ...selector, bare: { n: 1 } });
  test.isTrue(copy.id === selector.id && copy.long === selector.long, 'values of the driver do not change');
  selector.at.setTime(8);
  for (const each of selector.list) each.n = 2;
  test.equal([copy.at.getTime(), copy.list, copy.none], [7, [{ n: 1 }], null]);
  test.throws(() => copySelector({ n: new Map() }), 'an object of an unknown class');
});

Tinytest.add('write outcome - a write that is not acknowledged is committed, whatever its result', (test) => {
  for (const result of [0, 1, undefined, { numberAffected: 0 }]) {
    test.equal(outcomeOfResult(result, false), 'committed');
  }
  test.equal(
    [outcomeOfResult(0, true), outcomeOfResult({ numberAffected: 0 }, true)],
    ['unchanged', 'unchanged'],
  );
  test.equal(outcomeOfResult({ numberAffected: 0, insertedId: 'a' }, true), 'committed');
});
