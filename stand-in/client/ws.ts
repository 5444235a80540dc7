/** Stands in for npm `ws` in a page, for the sake of `packages/ddp.ts`, which serves the page as it does the tests. */

const { WebSocket } = globalThis;

export { WebSocket };
