/**
 * Makes Meteor refresh this node's live queries, as it does after a local write.
 *
 * Called by `cluster.ts` and the strategies.
 */

import { Meteor } from 'meteor/meteor';
import type { Change } from '../../changes/change';
import { type Log, reasonOf } from '../../observability/log';
import { parseIds } from '../ids';

/**
 * Meteor compares every id with every live query of the collection, in one turn of the event loop. With more ids than
 * this, one notification about the whole collection costs less. Measured: 10,000 ids and 500 live queries took 2 s.
 */
const MAX_REFRESHED_IDS = 100;

/** Refreshes the live queries that a change may concern. Resolves when Meteor has notified them. */
export async function refresh({ collection, ids }: Change): Promise<void> {
  if (ids === 'all' || ids.length > MAX_REFRESHED_IDS) return Meteor.refresh({ collection });
  for (const id of parseIds(ids)) await Meteor.refresh({ collection, id });
}

/** Does the same for callers that do not wait. Never rejects; a failure is logged. */
export async function refreshOrLog(change: Change, log: Log): Promise<void> {
  try {
    await refresh(change);
  } catch (error) {
    log.warn('refresh', `refreshing live queries failed: ${reasonOf(error)}`);
  }
}
