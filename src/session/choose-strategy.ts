/**
 * Chooses and creates the strategy of a session.
 *
 * Called in `init()`, by `create-session.ts` and `session-owner.ts`.
 */

import type { StrategyName } from '../config/options';
import type { MeteorConnection } from '../meteor/connection';
import { orderToConfigure, tailsOplog, whyNotFeedable } from '../meteor/live-queries/oplog-support';
import type { Log } from '../observability/log';
import { FeedStrategy } from '../strategies/feed/feed-strategy';
import type { Strategy, StrategyContext } from '../strategies/strategy';
import { UpdateStrategy } from '../strategies/update-strategy';

/** Meteor refreshes live queries after local writes by itself. */
const ALONE = '; a single node gains nothing from it';

const STRATEGIES = { update: UpdateStrategy, feed: FeedStrategy };

/**
 * Returns the strategy that is possible on a connection, and logs why when it is not the wanted one.
 *
 * @param wanted the option `strategy`
 * @param isAlone whether the node connects to no Redis
 */
export function chooseStrategy(
  wanted: StrategyName | 'auto',
  connection: MeteorConnection,
  { log, isAlone }: { readonly log: Log; readonly isAlone: boolean },
): StrategyName {
  if (wanted === 'update') return wanted;
  if (tailsOplog(connection) && wanted === 'auto') {
    log.info('Meteor tails an oplog: live queries that use it are left to it');
    return 'feed';
  }
  const reason = whyNotFeedable(connection);
  if (reason === undefined) {
    if (tailsOplog(connection)) {
      log.info('live queries of synced collections are fed, although Meteor tails an oplog');
    }
    return 'feed';
  }
  const order = orderToConfigure(connection);
  if (order === undefined) log.info(`strategy "update", because ${reason}`);
  else
    log.warn('observe drivers', `strategy "update", because ${reason}${isAlone ? ALONE : ''}. Set ${order}`);
  return 'update';
}

/**
 * Returns whether live queries are fed even where Meteor would tail an oplog or read change streams.
 *
 * @param wanted the option `strategy`
 * @param chosen the strategy that is possible
 */
export function takesOver(wanted: StrategyName | 'auto', chosen: StrategyName | null): boolean {
  return wanted === 'feed' && chosen === 'feed';
}

export function createStrategy(name: StrategyName, context: StrategyContext): Strategy {
  return new STRATEGIES[name](context);
}
