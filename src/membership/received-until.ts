/**
 * Until when this node has received everything: a clock that the order of the channel drives.
 *
 * When this node's own heartbeat comes back, every message that Redis had accepted before it was published has been received.
 * However long the process stalls, this time does not pass before the messages that wait meanwhile. Created with the
 * session, advanced by it, read by the strategy. No Meteor or Redis imports.
 */

export class ReceivedUntil {
  #time = Number.NEGATIVE_INFINITY;

  /** By the clock's `now`, in ms. */
  get time(): number {
    return this.#time;
  }

  /** @param publishedAt when a heartbeat was published that has come back */
  advance(publishedAt: number): void {
    this.#time = Math.max(this.#time, publishedAt);
  }
}
