import { Tinytest } from 'meteor/tinytest';
import { DirtySet } from '../src/dirty-set';
import { type Announcement, decode, encode, MAX_IDS, MAX_LENGTH } from '../src/message';

const announcement: Announcement = {
  node: 'n',
  seq: 7,
  collection: 'items',
  ids: ['a', '-0123456789abcdef01234567'],
};

Tinytest.add('message - what is encoded is decoded', (test) => {
  test.equal(decode(encode(announcement)).announcement, announcement);
  const whole = { ...announcement, ids: null };
  test.equal(decode(encode(whole)).announcement, whole);
});

Tinytest.add('message - more ids than fit are told as the whole collection', (test) => {
  const fits = Array.from({ length: MAX_IDS }, (_, n) => `id${n}`);
  test.equal(decode(encode({ ...announcement, ids: fits })).announcement?.ids, fits);
  test.equal(decode(encode({ ...announcement, ids: [...fits, 'more'] })).announcement?.ids, null);
  test.equal(decode(encode({ ...announcement, ids: ['x'.repeat(MAX_LENGTH)] })).announcement?.ids, null);
});

Tinytest.add('message - properties of later versions are passed over', (test) => {
  const extended = JSON.stringify({ ...JSON.parse(encode(announcement)), later: { $where: '1' } });
  test.equal(decode(extended).announcement, announcement);
});

Tinytest.add('dirty set - ids add up until there are too many, and are taken out once', (test) => {
  const dirty = new DirtySet(3);
  dirty.add('a', ['1', '2']);
  dirty.add('a', ['2', '3']);
  dirty.add('b', ['1', '2', '3', '4']);
  dirty.add('c', null);
  dirty.add('c', ['1']);
  test.equal(dirty.collections, ['a', 'b', 'c']);
  test.equal(dirty.take('a'), ['1', '2', '3']);
  test.equal(dirty.take('b'), null);
  test.equal(dirty.take('c'), null);
  test.isUndefined(dirty.take('a'));
  test.equal(dirty.collections, []);
});
