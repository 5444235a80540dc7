/**
 * Meteor's write fences: a method's client gets `updated` when every write of its fence is committed.
 *
 * Called by the strategies. Meteor enters every oplog observe driver of a collection into the fence of every local write, and
 * flushes one after another. For fed live queries Cluster takes that over, for those only that a write can concern.
 */

import { DDPServer } from 'meteor/ddp-server';
import type { ObserveDriver } from './connection';

/**
 * Holds the fence of the running method, so that its client does not get `updated` before its own write is visible.
 *
 * @returns releases it; idempotent
 */
export function holdWriteFence(): () => void {
  const fence = DDPServer._getCurrentFence();
  // A fence that has fired accepts no more writes; Meteor's own call throws for that.
  if (!fence || fence.fired) return () => {};
  const write = fence.beginWrite();
  let isHeld = true;
  return () => {
    if (isHeld) void write.committed();
    isHeld = false;
  };
}

/**
 * Stops a driver from entering itself into fences.
 *
 * Among its stop handles one belongs to Meteor's listener to local writes; all others were returned by Cluster.
 *
 * @param own the handles that Cluster returned
 * @returns whether that listener was found. If not, Meteor's own bookkeeping stays in place
 */
export function takeOverFence(driver: ObserveDriver, own: ReadonlySet<unknown>): boolean {
  const { _stopHandles: handles, _multiplexer: multiplexer } = driver;
  const foreign = Array.isArray(handles) ? handles.filter((handle) => !own.has(handle)) : [];
  const [listener] = foreign;
  if (!handles || !listener || foreign.length !== 1 || typeof multiplexer?.onFlush !== 'function')
    return false;
  handles.splice(handles.indexOf(listener), 1);
  listener.stop();
  return true;
}

/** Resolves when a driver's clients have been sent everything that the driver knows by now. */
export function flushDriver(driver: ObserveDriver): Promise<void> {
  const { _phase, _multiplexer, _writesToCommitWhenWeReachSteady: writes } = driver;
  return new Promise((resolve) => {
    if (_phase === 'STEADY') void _multiplexer?.onFlush(resolve);
    else if (writes) writes.push({ committed: resolve });
    // It has stopped: nobody waits for it.
    else resolve();
  });
}
