/** Which counts a heartbeat carries. */

import { Tinytest } from 'meteor/tinytest';
import { AnnouncedCounts, inPieces, MAX_COUNTS } from '../../../src/publishing/announced-counts';

/** Returns counts of so many collections, all 0. */
function countsOf(collections: number): Map<string, number> {
  return new Map(Array.from({ length: collections }, (_, n) => [`c${n}`, 0]));
}

Tinytest.add('announced counts - few collections are announced in every heartbeat', (test) => {
  const announced = new AnnouncedCounts();
  const counts = countsOf(MAX_COUNTS);
  for (let n = 0; n < 3; n += 1) test.equal(announced.next(counts).size, MAX_COUNTS);
  counts.set('c3', 7);
  test.equal(announced.next(counts).get('c3'), 7);
});

Tinytest.add('announced counts - a count that has changed is in the next heartbeat', (test) => {
  const announced = new AnnouncedCounts();
  const counts = countsOf(4000);
  announced.next(counts);
  counts.set('c3999', 1);
  const next = announced.next(counts);
  test.equal(next.get('c3999'), 1);
  test.equal(next.size, MAX_COUNTS);
});

Tinytest.add('announced counts - all have their turn, also while many others change all the time', (test) => {
  const announced = new AnnouncedCounts();
  const counts = countsOf(1000);
  const seen = new Set<string>();
  for (let n = 1; n <= 1000 / 8 + 1; n += 1) {
    for (let busy = 0; busy < 100; busy += 1) counts.set(`c${busy}`, n);
    for (const name of announced.next(counts).keys()) seen.add(name);
  }
  test.equal(seen.size, 1000);
});

Tinytest.add('announced counts - collections that are not synced any more are left out', (test) => {
  const announced = new AnnouncedCounts();
  announced.next(countsOf(3));
  test.equal([...announced.next(countsOf(1)).keys()], ['c0']);
  test.equal(announced.next(new Map()).size, 0);
});

Tinytest.add('announced counts - the last messages together have every count above 0', (test) => {
  test.equal(inPieces(countsOf(5)), [new Map()]);
  const counts = new Map([...countsOf(1001)].map(([name], n): [string, number] => [name, n]));
  const pieces = inPieces(counts);
  test.equal(
    pieces.map(({ size }) => size),
    [400, 400, 200],
  );
  test.equal(new Map(pieces.flatMap((piece) => [...piece])).size, 1000);
});
