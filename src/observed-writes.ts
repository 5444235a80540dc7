/**
 * Turns observed writes into changes of the session of now, or of the next one.
 *
 * Called by `cluster.ts`, whose session may begin or end during a write.
 */

import type { OpenedCollection } from './meteor/collections/opened-collection';
import { stringifyIds } from './meteor/ids';
import { refreshOrLog } from './meteor/live-queries/refresh';
import type { Log } from './observability/log';
import type { Session } from './session/session';
import type { WriteInProgress } from './writes/write-watcher';

/** The session and the log, as of now. */
export interface CurrentSession {
  readonly session: Session | undefined;
  readonly log: Log;
}

/** Called when a write of the application begins. */
export function beginWrite(collection: OpenedCollection, current: () => CurrentSession): WriteInProgress {
  const { session } = current();
  const endWrite = session?.beginWrite();
  return {
    findIds: session?.strategy.finder(collection),
    end: (outcome, ids, fields, selected) => {
      const { name, database } = collection;
      const isChanged = outcome !== 'unchanged';
      const change = isChanged ? { database, collection: name, ids: stringifyIds(ids) } : undefined;
      endWrite?.(change, { fields, selected });
      const { session: next, log } = current();
      // Cluster was closed or opened during the write: the session of now, or the next one, has to publish it.
      if (change && !next) collection.noteUnpublishedWrite();
      else if (change && next !== session) next?.publish(selected ? { ...change, ids: 'all' } : change);
      // Meteor does not refresh live queries after a failed write.
      if (change && outcome === 'indeterminate') void refreshOrLog(change, log);
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
