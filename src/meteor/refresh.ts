/**
 * Makes Meteor refresh this node's live queries, as it does after a local write.
 *
 * Called by `cluster.ts` and the strategies.
 */

import { Meteor } from 'meteor/meteor';
import { type Log, reasonOf } from '../observability/log';
import type { Change } from '../writes/change';
import { parseIds } from './ids';

/** Refreshes the live queries that a change may concern. Resolves when Meteor has notified them. */
export async function refresh({ collection, ids }: Change): Promise<void> {
  const { refresh: notify } = Meteor as unknown as { refresh(notification: object): Promise<void> };
  if (ids === 'all') return notify({ collection });
  for (const id of parseIds(ids)) await notify({ collection, id });
}

/** Does the same for callers that do not wait. Never rejects; a failure is logged. */
export async function refreshOrLog(change: Change, log: Log): Promise<void> {
  try {
    await refresh(change);
  } catch (error) {
    log.warn('refresh', `refreshing live queries failed: ${reasonOf(error)}`);
  }
}
