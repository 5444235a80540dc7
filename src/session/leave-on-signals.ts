/**
 * Makes the node leave the cluster on SIGTERM and SIGINT, without changing how the process ends.
 *
 * Started and stopped by `session-owner.ts`. A listener for a signal replaces Node's default of ending the process. So when
 * Cluster's listener is the only one, it closes the session and sends the signal again. When there are others, the
 * application, or a library such as `signal-exit`, decides whether and when the process ends. Cluster's listener then publishes
 * a leave message at once, and ends nothing.
 */

import { constants } from 'node:os';
import { systemClock } from '../base/time';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
type EndingSignal = (typeof SIGNALS)[number];

/** How long a process may take to end by a signal, in ms. */
const ENDING_MS = 1000;

export interface LeavingNode {
  /** Publishes what is pending and a leave message, and calls back in the turn in which the process may end. */
  leave(onLeft: () => void): void;
  /** Publishes a leave message, and calls back when the process goes on all the same. */
  announce(onStay: () => void): void;
}

/**
 * Installs the listeners.
 *
 * @returns removes the listeners
 */
export function leaveOnSignals(node: LeavingNode): () => void {
  let isRemoved = false;
  let remove = () => {};
  const install = () => {
    if (!isRemoved)
      remove = listenOnce((signal, isAlone) =>
        isAlone ? node.leave(() => endBy(signal)) : node.announce(install),
      );
  };
  install();
  return () => {
    isRemoved = true;
    remove();
  };
}

/**
 * Calls back at the first of the signals.
 *
 * @param react gets whether nobody else listens to it
 * @returns removes the listeners
 */
function listenOnce(react: (signal: EndingSignal, isAlone: boolean) => void): () => void {
  const listeners = SIGNALS.map((signal) => {
    const onSignal = () => {
      const isAlone = process.listenerCount(signal) === 1;
      // Removed at once: `signal-exit` ends the process only when it finds no listeners but its own. A second signal ends a
      // process that is still leaving.
      removeAll();
      react(signal, isAlone);
    };
    // First, so that it is removed before other listeners count them.
    process.prependListener(signal, onSignal);
    return { signal, onSignal };
  });
  const removeAll = () => {
    for (const { signal, onSignal } of listeners) process.removeListener(signal, onSignal);
  };
  return removeAll;
}

/** Ends the process as the signal would, in this turn: nothing may be written any more. */
function endBy(signal: EndingSignal): void {
  // The application may have begun to listen meanwhile: then it decides.
  const exitUnlessHandled = () => {
    if (process.listenerCount(signal) === 0) process.exit(128 + constants.signals[signal]);
  };
  // The kernel drops a signal without a listener for the process 1, which a container has.
  if (process.pid === 1) exitUnlessHandled();
  process.kill(process.pid, signal);
  systemClock.after(ENDING_MS, exitUnlessHandled);
}
