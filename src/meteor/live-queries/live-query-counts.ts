/**
 * How many live queries of a collection there are, by what updates them.
 *
 * Called by `cluster.ts` for `status()`, and by `live-queries.ts`, which knows which ones are fed. Counts Meteor's own record
 * of live queries, so that nothing has to be kept up to date.
 */

import type { LiveQueryCounts } from '../../observability/status';
import type { MeteorConnection, Multiplexer } from '../connection';

const fed = new WeakSet<Multiplexer>();

/** Called when a live query is open whose driver uses Cluster's handle. */
export function noteFed(multiplexer: Multiplexer): void {
  fed.add(multiplexer);
}

/** Returns the counts of each of the collections, summed over the connections. Equal live queries count once. */
export function countLiveQueries(
  connections: Iterable<MeteorConnection>,
  collections: Iterable<string>,
): Record<string, LiveQueryCounts> {
  const counts = new Map([...collections].map((name) => [name, noLiveQueries()]));
  for (const { _observeMultiplexers } of connections) {
    for (const multiplexer of Object.values(_observeMultiplexers ?? {})) {
      const { collectionName = '' } = multiplexer._observeDriver?._cursorDescription ?? {};
      const ofCollection = counts.get(collectionName);
      if (ofCollection) ofCollection[kindOf(multiplexer)] += 1;
    }
  }
  return Object.fromEntries(counts);
}

function noLiveQueries(): LiveQueryCounts {
  return { fed: 0, oplog: 0, changeStreams: 0, polling: 0 };
}

function kindOf(multiplexer: Multiplexer): keyof LiveQueryCounts {
  if (fed.has(multiplexer)) return 'fed';
  const { _usesOplog, _usesChangeStreams } = multiplexer._observeDriver ?? {};
  if (_usesChangeStreams) return 'changeStreams';
  return _usesOplog ? 'oplog' : 'polling';
}
