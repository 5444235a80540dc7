/**
 * Makes the node leave the cluster on SIGTERM and SIGINT, without changing how the process ends.
 *
 * Started and stopped by `cluster.ts`. A listener for a signal replaces Node's default of ending the process. So when
 * Cluster's listener is the only one, it closes the session and sends the signal again. When there are others, the
 * application, or a library such as `signal-exit`, decides when the process ends: Cluster's listener then only removes
 * itself, and the application calls `close()`. Peers resync when such a node expires.
 */

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Installs the listeners.
 *
 * @param leave publishes what is pending and a leave message
 * @returns removes the listeners
 */
export function leaveOnSignals(leave: () => Promise<void>): () => void {
  const listeners = SIGNALS.map((signal) => {
    const onSignal = () => {
      if (process.listenerCount(signal) > 1) {
        // Removed at once: `signal-exit` ends the process only when it finds no listeners but its own.
        removeAll();
        return;
      }
      void leave().finally(() => {
        removeAll();
        process.kill(process.pid, signal);
      });
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
