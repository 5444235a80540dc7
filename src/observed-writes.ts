/**
 * Turns observed writes into changes of the session of now, or of the next one.
 *
 * Called by `cluster.ts`, whose session may begin or end during a write.
 */

import type { OpenedCollection, Reporter } from './meteor/collections/opened-collection';
import { stringifyIds } from './meteor/ids';
import { refreshOrLog } from './meteor/live-queries/refresh';
import { holdWriteFence } from './meteor/write-fence';
import type { Log } from './observability/log';
import type { Session } from './session/session';
import type { WriteInProgress } from './writes/write-watcher';

/** The session, the log and the option `rawWrites`, as of now. */
export interface CurrentSession {
  readonly session: Session | undefined;
  readonly log: Log;
  readonly rawWrites: boolean;
}

/** A write that another reporter reports, or nobody. */
const IGNORED: WriteInProgress = { isUnread: true, end() {} };

/** Called when a write of the application begins. */
export function beginWrite(
  collection: OpenedCollection,
  reporter: Reporter,
  current: () => CurrentSession,
): WriteInProgress {
  const { session, rawWrites } = current();
  // Hooks run inside the wrapper of an adopted collection, but not inside that of the driver.
  if (reporter === (rawWrites ? 'adopted collection' : 'driver')) return IGNORED;
  const isRaw = reporter === 'driver';
  // Of other writes, Meteor holds the fence until it has refreshed its live queries.
  const release = isRaw ? holdWriteFence() : () => {};
  const start = isRaw ? undefined : session?.strategy.startOf(collection);
  const endWrite = session?.beginWrite();
  return {
    isDocumentOfUse: start !== undefined,
    findIds: session?.strategy.finder(collection),
    end: (outcome, ids, knowledge = {}) => {
      const { name, database } = collection;
      const isChanged = outcome !== 'unchanged';
      const change = isChanged ? { database, collection: name, ids: stringifyIds(ids) } : undefined;
      const { document } = knowledge;
      const known = start && document !== undefined ? { document, start } : undefined;
      endWrite?.(change, knowledge, known);
      const { session: next, log } = current();
      // Cluster was closed or opened during the write: the session of now, or the next one, has to publish it.
      if (change && !next) collection.noteUnpublishedWrite();
      else if (change && next !== session)
        next?.publish(knowledge.selected ? { ...change, ids: 'all' } : change);
      // Meteor does not refresh live queries after a raw write or a failed one.
      if (change && (isRaw || outcome === 'indeterminate')) void refreshOrLog(change, log).then(release);
      else release();
    },
  };
}

/** Called when a session begins, or a collection is opened. Peers cannot know what this node wrote before it published. */
export function addToSession(collection: OpenedCollection, session: Session): void {
  const { name, database } = collection;
  session.strategy.addCollection(collection);
  session.addCollection(name, database);
  if (collection.takeUnpublishedWrites()) session.publish({ database, collection: name, ids: 'all' });
}
