/**
 * How many documents of a collection to read at once, in one read or in several.
 *
 * As many as fit into a bound in bytes, by the size of those read last.
 *
 * Owned by a collection feed. No Meteor or Redis imports.
 */

/** The bytes that the reads in flight of a collection should hold: of 20 collections at once, 160 MB. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_DOCUMENTS = 100;
/** Of unknown size: documents of MongoDB's limit, 16 MB, are rare, and so many of 1 MB fit. */
const FIRST_DOCUMENTS = 8;

export class PieceSize {
  #documents = FIRST_DOCUMENTS;

  /** The number of documents that the reads in flight may hold. */
  get documents(): number {
    return this.#documents;
  }

  /** Called with the documents of a read. */
  adapt(documents: Iterable<unknown>): void {
    let [count, bytes] = [0, 0];
    for (const document of documents) {
      count += 1;
      bytes += sizeOf(document);
    }
    if (count === 0) return;
    const fitting = Math.floor(MAX_BYTES / Math.max(1, bytes / count));
    // Growing slowly, and from many documents only: the next ones may be larger.
    const grown = Math.max(this.#documents, count * 4);
    this.#documents = Math.max(1, Math.min(MAX_DOCUMENTS, fitting, grown));
  }
}

/** Returns the approximate size of a value in memory, in bytes. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length + 16;
  if (typeof value !== 'object' || value === null) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let bytes = 32;
  for (const part of Object.values(value)) bytes += 16 + sizeOf(part);
  return bytes;
}
