/** How many documents one read of the feed may return. */

import { Tinytest } from 'meteor/tinytest';
import { PieceSize } from '../../../../src/strategies/feed/piece-size';

const MB = 1024 * 1024;
/** Characters take two bytes. */
const documentOf = (bytes: number) => ({ text: 'x'.repeat(bytes / 2) });

/** Returns the size of the next piece after pieces of documents. */
function after(...pieces: (readonly unknown[])[]): number {
  const size = new PieceSize();
  for (const piece of pieces) size.adapt(piece);
  return size.documents;
}

const small = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));

Tinytest.add('piece size - it starts small, grows to four times what was read, and has a limit', (test) => {
  test.equal([after(), after(small(8)), after(small(8), small(32)), after(small(90))], [8, 32, 100, 100]);
  test.equal([after(small(1)), after(small(8), small(1))], [8, 32], 'one small document says little');
});

Tinytest.add('piece size - a piece of large documents holds as many as fit into 8 MB', (test) => {
  test.equal(after([documentOf(MB)]), 7, 'with what an object takes, not eight');
  test.equal(after([documentOf(MB), documentOf(3 * MB)]), 3, 'the average counts');
  test.equal(after([documentOf(20 * MB)]), 1);
});

Tinytest.add('piece size - what a value holds counts, however deep, and bytes as they are', (test) => {
  test.equal(after([{ list: [{ deep: [documentOf(MB)] }, 1, null] }]), 7);
  test.equal(after([{ bytes: new Uint8Array(2 * MB) }]), 3);
  test.equal(after([{ numbers: new Array(MB / 8).fill(1) }]), 2, 'a number is 8 bytes, and its place 16');
});

Tinytest.add('piece size - documents that do not exist say nothing', (test) => {
  test.equal(after([documentOf(MB)], []), 7);
});
