/**
 * Stands in for npm `ws` in a page: the browser's `WebSocket`.
 *
 * Imported by `packages/ddp.ts`, which both the page and the server use. Touches nothing.
 */

/** A browser takes no options: its second argument is a list of protocols. */
export class WebSocket extends globalThis.WebSocket {
  constructor(url: string) {
    super(url);
  }
}
