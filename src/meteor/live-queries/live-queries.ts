/**
 * Observes every live query that is opened on a connection, and feeds it where a feed is installed and its collection is
 * synced.
 *
 * `collections.ts` calls `observeLiveQueries` for every connection it meets. A fed live query is opened on a view of the
 * connection that has the feed's handle in the place of Meteor's oplog handle. So each live query has a handle of its own.
 * Live queries of collections that are not synced keep the driver that Meteor gives them.
 */

import {
  type CursorDescription,
  type MeteorConnection,
  type Multiplexer,
  type ObserveDriver,
  PRIMARY,
} from '../connection';
import type { FedDriver, QueryDescription, QueryHandle } from '../feed-contract';
import { flushDriver, takeOverFence } from '../write-fence';
import { selectionProperties } from './driver-selection';
import { differs, followDriver, holdsSome } from './driver-state';
import { installationOf } from './feed-installation';
import { noteFed } from './live-query-counts';
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
    const fed = installation?.open(describe(description));
    const end = queries.beginOpening(collectionName);
    try {
      const opened = fed ? readingFromPrimary(description) : description;
      const selection = selectionProperties(connection, collectionName, (isOplog) => {
        // Only reads that changes lead to need the primary.
        if (fed && !isOplog) opened.options = description.options;
      });
      const handle = await observeChanges.call(viewOf(this, fed, selection), opened, ...rest);
      const { _multiplexer: multiplexer } = handle;
      if (multiplexer) queries.add(collectionName, multiplexer);
      const driver = fed && fedDriver(multiplexer, fed);
      if (driver && multiplexer) noteFed(multiplexer);
      fed?.onOpened(driver);
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

function describe({ collectionName, selector, options }: CursorDescription): QueryDescription {
  const { sort, limit, collation } = options;
  return { collection: collectionName, selector, sort, hasLimit: Boolean(limit), collation };
}

/** Returns what the driver of one live query gets as its connection. */
function viewOf(
  connection: MeteorConnection,
  handle: QueryHandle | undefined,
  selection: PropertyDescriptorMap,
): MeteorConnection {
  if (!handle && Object.keys(selection).length === 0) return connection;
  return Object.create(connection, { ...selection, ...(handle && feedProperties(connection, handle)) });
}

function feedProperties(connection: MeteorConnection, handle: QueryHandle): PropertyDescriptorMap {
  const onFailover = (callback: () => void) => {
    const listener = connection._onFailover?.(callback);
    const stopHandle = { stop: () => listener?.stop() };
    handle.stopHandles.add(stopHandle);
    return stopHandle;
  };
  return {
    _oplogHandle: { value: handle },
    _docFetcher: { value: handle },
    _onFailover: { value: onFailover },
  };
}

/** A read that a change leads to must not come from a secondary that lags behind, unless the cursor says so. */
function readingFromPrimary(description: CursorDescription): CursorDescription {
  if (description.options.readPreference !== undefined) return description;
  const options = { ...description.options, ...PRIMARY };
  return Object.assign(Object.create(Object.getPrototypeOf(description)), description, { options });
}

/** Returns the driver; `undefined` when it does not use the handle: it polls, or belongs to an equal live query. */
function fedDriver(multiplexer: Multiplexer | undefined, handle: QueryHandle): FedDriver | undefined {
  const driver: ObserveDriver | undefined = multiplexer?._observeDriver;
  if (!driver?._usesOplog || handle.stopHandles.size === 0) return undefined;
  const isFollowed = followDriver(driver, handle);
  const isFenced = takeOverFence(driver, handle.stopHandles);
  return {
    projection: driver._sharedProjection,
    isFollowed,
    isSteady: () => driver._phase === 'STEADY',
    differs: (...args) => differs(driver, ...args),
    holdsSome: (test) => (isFollowed ? holdsSome(driver, test) : undefined),
    flush: isFenced ? () => flushDriver(driver) : undefined,
  };
}
