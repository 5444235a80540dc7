/**
 * Which observe driver Meteor 3.5 and later chooses for a live query: `changeStreams`, `oplog` or `polling`, by its
 * settings and by what is available. Earlier versions have no such choice; there the oplog handle decides.
 *
 * Called by `live-queries.ts` for each live query of a synced collection, with what it opens that query on. `session-owner.ts`
 * says, for as long as a session lasts, which collections that is about.
 */

import type { Log } from '../../observability/log';
import type { CheckResult, MeteorConnection, ReactivityCheck } from '../connection';
import { whyNoChangeStreams } from './change-streams';

/** The influence of a session on the choice of observe drivers. */
export interface SelectionGuard {
  isSynced(collection: string): boolean;
  /** Whether live queries are fed even where Meteor would read change streams. */
  readonly takesOver: boolean;
  readonly log: Log;
}

const guards = new Set<SelectionGuard>();

/** @returns ends it */
export function guardSelection(guard: SelectionGuard): () => void {
  guards.add(guard);
  return () => guards.delete(guard);
}

/**
 * Returns the properties of a view of the connection. On this view Meteor chooses no change streams that do not work, or
 * none at all where they are taken over. Empty where there is nothing to guard.
 *
 * @param onSelected called with whether Meteor has chosen the oplog observe driver
 */
export function selectionProperties(
  connection: MeteorConnection,
  collection: string,
  onSelected: (isOplog: boolean) => void = () => {},
): PropertyDescriptorMap {
  const select = connection._selectReactivityDriver;
  const guard = [...guards].find(({ isSynced }) => isSynced(collection));
  if (!guard || typeof select !== 'function') return {};
  const guarded: typeof select = async function (this: MeteorConnection, order, checks) {
    const { changeStreams, oplog } = checks;
    let isOplog = false;
    const selected = await select.call(this, order, {
      ...checks,
      ...(changeStreams && {
        changeStreams: () => checkChangeStreams(connection, collection, guard, changeStreams),
      }),
      ...(oplog && {
        oplog: async () => {
          const result = await oplog();
          isOplog = result.available;
          return result;
        },
      }),
    });
    onSelected(isOplog);
    return selected;
  };
  return {
    _selectReactivityDriver: { value: guarded },
    // Meteor keeps here what it has asked the server, once for the connection.
    ...forwarded(connection, '_supportsChangeStreams'),
    ...forwarded(connection, '_changeStreamServerReasons'),
  };
}

async function checkChangeStreams(
  connection: MeteorConnection,
  collection: string,
  { takesOver, log }: SelectionGuard,
  check: ReactivityCheck,
): Promise<CheckResult> {
  const result = await check();
  if (!result.available) return result;
  if (takesOver) {
    log.infoOnce('live queries of synced collections are fed, although Meteor could read change streams');
    return { available: false, reason: 'Cluster feeds the collection' };
  }
  const reason = await whyNoChangeStreams(connection, collection);
  if (reason === undefined) {
    log.infoOnce('Meteor reads change streams: live queries that use them are left to it');
    return result;
  }
  // The server's answer to Meteor was wrong, so correct Meteor's record: live queries of other collections profit.
  connection._supportsChangeStreams = false;
  connection._changeStreamServerReasons = [reason];
  log.warn(
    'change streams',
    `the database looks like a replica set, but has no change streams (${reason}); Meteor reads none there`,
  );
  return { available: false, reason };
}

function forwarded(connection: MeteorConnection, name: keyof MeteorConnection): PropertyDescriptorMap {
  return {
    [name]: {
      get: () => connection[name],
      set: (value) => void Object.assign(connection, { [name]: value }),
    },
  };
}
