/**
 * Stands in for `meteor/meteor` in a page: the functions that the example uses.
 *
 * Called by the client of an application. Touches the page's connection only.
 */

import { connection } from './connection';

interface Callbacks {
  onReady?: () => void;
  onStop?: (error?: Error) => void;
}

export const Meteor = {
  isServer: false,
  isClient: true,

  /** Calls back at once: the page's script is a module, which runs after the page is parsed. */
  startup(hook: () => unknown): void {
    queueMicrotask(hook);
  },

  subscribe(name: string, ...params: unknown[]): { stop(): void } {
    const last = params.at(-1);
    const hasCallbacks = typeof last === 'object' && last !== null && ('onReady' in last || 'onStop' in last);
    return hasCallbacks
      ? connection.subscribe(name, params.slice(0, -1), last as Callbacks)
      : connection.subscribe(name, params);
  },

  callAsync(name: string, ...params: unknown[]): Promise<unknown> {
    return connection.call(name, params);
  },

  status(): { connected: boolean } {
    return { connected: connection.connected };
  },
};
