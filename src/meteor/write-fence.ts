/** Meteor's write fences: a method's client gets `updated` when every write of its fence is committed. */

import { DDPServer } from 'meteor/ddp-server';

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
