/** Which fields a read of the feed asks for. */

import { Tinytest } from 'meteor/tinytest';
import { Projections } from '../../../../src/strategies/feed/projections';

function unionOf(...all: (Record<string, unknown> | undefined)[]) {
  const projections = new Projections();
  for (const each of all) projections.add(each);
  return projections.union;
}

Tinytest.add('projections - a read asks for the fields of every live query', (test) => {
  test.equal(unionOf({ a: 1 }, { b: 1, c: true }), { a: 1, b: 1, c: 1 });
});

Tinytest.add('projections - a live query that needs whole documents makes reads return these', (test) => {
  const whole = [undefined, {}, { secret: 0 }, { a: 1, secret: 0 }, { a: { $slice: 1 } }, { a: false }];
  for (const each of whole) test.equal(unionOf({ a: 1 }, each), {}, JSON.stringify(each));
  test.equal(unionOf(), {});
});

Tinytest.add('projections - a field covers its parts, whichever is asked for first', (test) => {
  test.equal(unionOf({ 'a.b': 1 }, { a: 1 }), { a: 1 });
  test.equal(unionOf({ a: 1 }, { 'a.b': 1 }), { a: 1 });
  test.equal(unionOf({ 'a.b.c': 1 }, { 'a.b': 1 }), { 'a.b': 1 });
  test.equal(unionOf({ 'ab.c': 1 }, { a: 1 }), { 'ab.c': 1, a: 1 });
  test.equal(unionOf({ 'a.b': 1 }, { 'a.c': 1 }), { 'a.b': 1, 'a.c': 1 });
  test.equal(
    unionOf({ a: 1 }, { 'b.a': 1 }),
    { a: 1, 'b.a': 1 },
    'a field of this name elsewhere is another',
  );
});

Tinytest.add('projections - what no live query needs any more is not asked for', (test) => {
  const projections = new Projections();
  for (const each of [{ a: 1 }, { a: 1 }, { b: 1 }, undefined]) projections.add(each);
  test.equal(projections.union, {});
  projections.remove(undefined);
  test.equal(projections.union, { a: 1, b: 1 });
  projections.remove({ a: 1 });
  test.equal(projections.union, { a: 1, b: 1 }, 'another one needs it');
  projections.remove({ a: 1 });
  test.equal(projections.union, { b: 1 });
  projections.remove({ b: 1 });
  projections.add({ c: 1 });
  test.equal(projections.union, { c: 1 });
});

Tinytest.add('projections - with a field per user, reads ask for the whole top-level field', (test) => {
  const perUser = Array.from({ length: 300 }, (_, n) => ({ text: 1, [`unread.user${n}`]: 1 }));
  test.equal(Object.keys(unionOf(...perUser.slice(0, 99))).length, 100);
  test.equal(unionOf(...perUser.slice(0, 100)), { text: 1, unread: 1 });
  test.equal(unionOf(...perUser), { text: 1, unread: 1 });
});

Tinytest.add('projections - with a top-level field per user, reads ask for whole documents', (test) => {
  const perUser = Array.from({ length: 300 }, (_, n) => ({ text: 1, [`user${n}`]: 1 }));
  test.equal(Object.keys(unionOf(...perUser.slice(0, 99))).length, 100);
  test.equal(unionOf(...perUser), {});
});

Tinytest.add('projections - when most live queries have ended, reads ask for single fields again', (test) => {
  const projections = new Projections();
  const perUser = Array.from({ length: 300 }, (_, n) => ({ [`unread.user${n}`]: 1 }));
  for (const each of perUser) projections.add(each);
  for (const each of perUser.slice(2)) projections.remove(each);
  test.equal(projections.union, { 'unread.user0': 1, 'unread.user1': 1 });
});
