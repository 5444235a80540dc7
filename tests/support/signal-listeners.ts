/** An application's own listeners for signals, besides Cluster's. Used by `node-app.ts`. */

import { Cluster } from 'meteor/cluster';
import { items } from './node-collections';
import type { NodeConfig } from './node-config';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** An application that has something to do first, in ms. */
const WORK_MS = 300;

export function listenToSignals(kind: NodeConfig['onSignal']): void {
  for (const signal of SIGNALS) process.on(signal, listeners[kind](signal));
}

const exit = () => process.exit(7);

function write(): Promise<unknown> {
  const node = String(Cluster.status().nodeId);
  return items().insertAsync({ _id: node, group: node, n: 1 });
}

const listeners: Record<NodeConfig['onSignal'], (signal: NodeJS.Signals) => () => void> = {
  'exit at once': () => () => void setTimeout(exit, 0),
  'exit with 7': () => () => void setTimeout(exit, WORK_MS),
  /** The process ends when the database has answered, before the change is published. */
  'write and exit with 7': () => () => void setTimeout(() => void write().then(exit), WORK_MS),
  /** As the one of a job queue that only stops its jobs. */
  stay: () => () => {},
  'close and exit with 7': () => () => void Cluster.close().then(exit),
  /** As npm `signal-exit`: it ends the process only when it finds no listeners but its own. */
  'signal-exit': (signal) =>
    function onSignal() {
      if (process.listenerCount(signal) > 1) return;
      process.removeListener(signal, onSignal);
      process.kill(process.pid, signal);
    },
};
