/** An application's own listeners for signals, besides Cluster's. Used by `node-app.ts`. */

import { Cluster } from 'meteor/cluster';
import type { NodeConfig } from './node-config';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** An application that has something to do first, in ms. */
const WORK_MS = 200;

export function listenToSignals(kind: NodeConfig['onSignal']): void {
  for (const signal of SIGNALS) process.on(signal, listeners[kind](signal));
}

const exit = () => process.exit(7);

const listeners: Record<NodeConfig['onSignal'], (signal: NodeJS.Signals) => () => void> = {
  'exit with 7': () => () => void setTimeout(exit, WORK_MS),
  'close and exit with 7': () => () => void Cluster.close().then(exit),
  /** As npm `signal-exit`: it ends the process only when it finds no listeners but its own. */
  'signal-exit': (signal) =>
    function onSignal() {
      if (process.listenerCount(signal) > 1) return;
      process.removeListener(signal, onSignal);
      process.kill(process.pid, signal);
    },
};
