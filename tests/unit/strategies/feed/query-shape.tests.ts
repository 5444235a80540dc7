/** A log may show the shape of a selector, and no value of it. */

import { Tinytest } from 'meteor/tinytest';
import { shapeOf } from '../../../../src/strategies/feed/query-shape';

Tinytest.add('query shape - each value is shown by its type', (test) => {
  const selector = {
    room: 'secret',
    n: 7,
    at: new Date(0),
    none: null,
    open: true,
    pattern: /secret/,
    gone: undefined,
    nested: Object.assign(Object.create(null), { name: 'secret' }),
    $or: [{ owner: 'secret' }, 'secret'],
  };
  test.equal(shapeOf(selector), {
    room: 'string',
    n: 'number',
    at: 'Date',
    none: 'null',
    open: 'boolean',
    pattern: 'RegExp',
    gone: 'undefined',
    nested: { name: 'string' },
    $or: [{ owner: 'string' }, 'string'],
  });
});

Tinytest.add('query shape - eight elements of an array and six levels are shown', (test) => {
  test.equal(shapeOf({ $in: new Array(20).fill('secret') }), { $in: new Array(8).fill('string') });
  const deep = { a: { b: { c: { d: { e: { f: { g: 'secret' } } } } } } };
  test.equal(shapeOf(deep), { a: { b: { c: { d: { e: { f: { g: '…' } } } } } } });
  const lists = [[[[[[[['secret']]]]]]]];
  test.equal(JSON.stringify(shapeOf(lists)), '[[[[[[["…"]]]]]]]');
});
