/**
 * The launcher of the demo, which starts and stops nodes and Redis. Called by `status.ts`.
 *
 * Only `npm start` has one, and passes its address to the nodes. Without it, the page shows the nodes and no buttons.
 */

import type { DemoState } from '../imports/demo-state';

const DEADLINE_MS = 60_000;

export class DemoControl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  state(): Promise<DemoState> {
    return this.request('GET', '/state');
  }

  addNode(): Promise<DemoState> {
    return this.request('POST', '/nodes');
  }

  /** @param how `kill` gives the node no time to leave */
  endNode(url: string, how: 'stop' | 'kill'): Promise<DemoState> {
    return this.request('POST', `/nodes/${new URL(url).port}/${how}`);
  }

  switchRedis(how: 'stop' | 'start'): Promise<DemoState> {
    return this.request('POST', `/redis/${how}`);
  }

  /** @throws Error with the launcher's reason */
  private async request(method: string, path: string): Promise<DemoState> {
    const response = await fetch(this.#url + path, { method, signal: AbortSignal.timeout(DEADLINE_MS) });
    const answer = (await response.json()) as DemoState & { error?: string };
    if (response.ok) return answer;
    throw new Error(answer.error ?? `The launcher answered ${response.status}.`);
  }
}
