/**
 * Observes every live query that is opened on a connection, and feeds it where a feed is installed and its collection is
 * synced.
 *
 * `collections.ts` calls `observeLiveQueries` for every connection it meets. A fed live query is opened on a view of the
 * connection that has the feed's handle in the place of Meteor's oplog handle. So each live query has a handle of its own,
 * and live queries of collections that are not synced keep the driver that Meteor gives them.
 */

import { type CursorDescription, type MeteorConnection, PRIMARY } from './connection';
import type { QueryHandle } from './feed-contract';
import { installationOf } from './feed-installation';
import { QueryRegistry } from './query-registry';

const registries = new WeakMap<MeteorConnection, QueryRegistry>();

/** Returns the registry of a connection's live queries; `undefined` where Meteor's internals do not allow one. */
export function observeLiveQueries(connection: MeteorConnection): QueryRegistry | undefined {
  const known = registries.get(connection);
  const observeChanges = connection._observeChanges;
  if (known || !observeChanges) return known;
  const queries = new QueryRegistry();
  for (const multiplexer of Object.values(connection._observeMultiplexers ?? {})) {
    const { collectionName } = multiplexer._observeDriver?._cursorDescription ?? {};
    if (collectionName !== undefined) queries.add(collectionName, multiplexer);
  }
  registries.set(connection, queries);
  connection._observeChanges = async function observeRegistered(description, ...rest) {
    const { collectionName } = description;
    const installation = installationOf(connection);
    const fed = installation?.open(collectionName);
    const end = queries.beginOpening(collectionName);
    try {
      const observed = fed
        ? observeChanges.call(viewOf(this, fed), readingFromPrimary(description), ...rest)
        : observeChanges.call(this, description, ...rest);
      const handle = await observed;
      const { _multiplexer: multiplexer } = handle;
      if (multiplexer) queries.add(collectionName, multiplexer);
      if (fed && multiplexer) installation?.onOpened(multiplexer);
      fed?.onOpened(multiplexer?._observeDriver);
      return handle;
    } catch (error) {
      fed?.onOpened(undefined);
      throw error;
    } finally {
      end();
    }
  };
  return queries;
}

/** Returns what the driver of one live query gets as its connection. */
function viewOf(connection: unknown, handle: QueryHandle): MeteorConnection {
  return Object.create(connection as object, {
    _oplogHandle: { value: handle },
    _docFetcher: { value: handle },
  });
}

/** A read that a change leads to must not come from a secondary that lags behind, unless the cursor says so. */
function readingFromPrimary(description: CursorDescription): CursorDescription {
  if (description.options.readPreference !== undefined) return description;
  const options = { ...description.options, ...PRIMARY };
  return Object.assign(Object.create(Object.getPrototypeOf(description)), description, { options });
}
