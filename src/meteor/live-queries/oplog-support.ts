/**
 * Whether the live queries of a connection can be fed, and by what they are driven otherwise.
 *
 * Called by the strategies. This file checks first that Meteor has the internals that Cluster needs: `whyNotFeedable` names
 * a missing one.
 */

import { DDPServer } from 'meteor/ddp-server';
import { Meteor } from 'meteor/meteor';
import type { MeteorConnection } from '../connection';

/** Returns whether the database has an oplog, and Meteor tails it. */
export function tailsOplog(connection: MeteorConnection): boolean {
  return Boolean(connection._oplogHandle);
}

/** Returns why live queries of a connection cannot be fed; `undefined` when they can. */
export function whyNotFeedable(connection: MeteorConnection): string | undefined {
  const missing = [
    typeof connection._observeChanges !== 'function' && 'MongoConnection._observeChanges',
    !('_oplogHandle' in connection) && 'MongoConnection._oplogHandle',
    !('_docFetcher' in connection) && 'MongoConnection._docFetcher',
    typeof connection._observeMultiplexers !== 'object' && 'MongoConnection._observeMultiplexers',
    typeof DDPServer._getCurrentFence !== 'function' && 'DDPServer._getCurrentFence',
  ].filter((name) => name !== false);
  if (missing.length > 0) return `this version of Meteor has no ${missing.join(', ')}`;
  const drivers = configuredDrivers(connection);
  if (drivers && !drivers.includes('oplog')) {
    return `Meteor is configured for the observe drivers "${drivers.join('", "')}", without "oplog"`;
  }
  return undefined;
}

/** Returns the observe drivers that Meteor's settings name; `undefined` when they or this version name none. */
function configuredDrivers(connection: MeteorConnection): string[] | undefined {
  if (!connection._selectReactivityDriver) return undefined;
  const { METEOR_REACTIVITY_ORDER: variable } = process.env;
  const setting: unknown =
    Meteor.settings?.packages?.mongo?.reactivity ?? (variable || undefined)?.split(',');
  return setting === undefined ? undefined : [setting].flat().map(String);
}
