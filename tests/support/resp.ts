/**
 * Splits what Redis sends into replies and messages (RESP 2, https://redis.io/docs/latest/develop/reference/protocol-spec).
 *
 * Used by `proxy.ts`, to lose or double whole messages.
 */

export class RespFrames {
  #rest: Buffer = Buffer.alloc(0);

  /** @returns the frames that this chunk completes, as they arrived */
  push(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    for (let end = endOf(this.#rest, 0); end !== undefined; end = endOf(this.#rest, 0)) {
      frames.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

/** Returns where the frame that starts at an offset ends; `undefined` when it is not complete. */
function endOf(bytes: Buffer, start: number): number | undefined {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd === -1) return undefined;
  const type = bytes.toString('latin1', start, start + 1);
  const count = Number(bytes.toString('latin1', start + 1, lineEnd));
  let end: number | undefined = lineEnd + 2;
  if (type === '$' && count >= 0) end += count + 2;
  if (type === '*') {
    for (let element = 0; element < count && end !== undefined; element += 1) end = endOf(bytes, end);
  }
  return end !== undefined && end <= bytes.length ? end : undefined;
}
