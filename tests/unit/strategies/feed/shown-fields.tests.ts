/** Which fields a driver knows, by its projection. */

import { Tinytest } from 'meteor/tinytest';
import type { Projection } from '../../../../src/strategies/feed/projections';
import { showsSome, showsWhole } from '../../../../src/strategies/feed/shown-fields';

const FIELDS = ['_id', 'a', 'b', 'x'];

/** Returns the fields that a driver may know a part of, and those that it knows whole. */
function shown(projection: Projection | undefined): [string[], string[]] {
  return [
    FIELDS.filter((field) => showsSome(projection, [field])),
    FIELDS.filter((field) => showsWhole(projection, field)),
  ];
}

Tinytest.add('shown fields - without a projection, or with an empty one, all are known', (test) => {
  for (const projection of [undefined, {}]) test.equal(shown(projection), [FIELDS, FIELDS]);
});

Tinytest.add('shown fields - of those that are included, a path is a part of its field', (test) => {
  for (const on of [1, true]) {
    test.equal(shown({ a: on, 'b.c': on }), [
      ['a', 'b'],
      ['_id', 'a'],
    ]);
  }
});

Tinytest.add('shown fields - of those that are excluded, a path leaves a part', (test) => {
  for (const off of [0, false]) test.equal(shown({ a: off, 'b.c': off }), [FIELDS, ['_id', 'x']]);
});

Tinytest.add('shown fields - whether _id is shown says nothing of the others', (test) => {
  test.equal(shown({ _id: 0, a: 1 }), [
    ['_id', 'a'],
    ['_id', 'a'],
  ]);
  test.equal(shown({ _id: 1, a: 0 }), [FIELDS, ['_id', 'b', 'x']]);
  test.equal(shown({ _id: 1 }), [['_id'], ['_id']]);
  test.equal(shown({ _id: 0 }), [FIELDS, FIELDS]);
});

Tinytest.add('shown fields - of several fields one is enough', (test) => {
  test.isTrue(showsSome({ a: 1 }, ['x', 'a']));
  test.isTrue(showsSome({ a: 1 }, ['a', 'x']));
  test.isFalse(showsSome({ a: 1 }, ['x', 'b']));
  test.isFalse(showsSome({ a: 1 }, []));
});
