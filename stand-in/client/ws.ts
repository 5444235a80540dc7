/**
 * Stands in for npm `ws` in a page: the browser's `WebSocket`.
 *
 * Imported by `packages/ddp.ts`, which both the page and the server use. Touches nothing.
 */

const { WebSocket } = globalThis;

export { WebSocket };
