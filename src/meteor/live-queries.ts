/**
 * Observes every live query that is opened on a connection, and chooses its driver: fed where a feed is installed and the
 * collection is synced, polling otherwise, unless Meteor tails a real oplog.
 *
 * `collections.ts` calls `observeLiveQueries` for every connection it meets, before there can be a live query: one that is
 * being opened while a feed is installed must not end up listening to it unnoticed.
 */

import { type CursorDescription, type MeteorConnection, PRIMARY } from './connection';
import { installationOf } from './feed-installation';
import { tailsOplog } from './oplog-support';
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
    const isFed = installation?.feeds(collectionName) ?? false;
    const end = queries.beginOpening(collectionName);
    try {
      const chosen = chooseDriver(description, connection, isFed);
      const handle = await observeChanges.call(this, chosen, ...rest);
      if (handle._multiplexer) queries.add(collectionName, handle._multiplexer);
      if (isFed) installation?.onOpened(handle._multiplexer);
      return handle;
    } finally {
      end();
    }
  };
  return queries;
}

function chooseDriver(
  description: CursorDescription,
  connection: MeteorConnection,
  isFed: boolean,
): CursorDescription {
  if (isFed) {
    return description.options.readPreference === undefined ? withOptions(description, PRIMARY) : description;
  }
  // Meteor's own option for polling, the only one that makes it poll without a warning.
  return tailsOplog(connection) ? description : withOptions(description, { disableOplog: true });
}

function withOptions(description: CursorDescription, changes: object): CursorDescription {
  const options = { ...description.options, ...changes };
  return Object.assign(Object.create(Object.getPrototypeOf(description)), description, { options });
}
