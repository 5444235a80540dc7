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

/**
 * Returns what to configure so that live queries can be fed, where Meteor's configuration keeps them from it; otherwise
 * `undefined`.
 */
export function orderToConfigure(connection: MeteorConnection): string | undefined {
  const drivers = configuredDrivers(connection);
  if (!drivers || drivers.includes('oplog')) return undefined;
  const order = [...drivers.filter((name) => name !== 'polling'), 'oplog', 'polling'];
  if (isConfiguredBySettings()) {
    return `"reactivity": ${JSON.stringify(order)} in Meteor.settings.packages.mongo`;
  }
  // Compose files set both. Meteor 3.5 reads the first one alone.
  return VARIABLES.filter((name) => process.env[name])
    .map((name) => `${name}=${order}`)
    .join(' and ');
}

const VARIABLES = ['METEOR_REACTIVITY_ORDER', 'DEFAULT_METEOR_REACTIVITY_ORDER'];

/** Returns the observe drivers that Meteor's settings name; `undefined` when they or this version name none. */
function configuredDrivers(connection: MeteorConnection): string[] | undefined {
  if (!connection._selectReactivityDriver) return undefined;
  const { METEOR_REACTIVITY_ORDER: variable } = process.env;
  if (isConfiguredBySettings()) return [reactivitySetting()].flat().map(String);
  return variable ? variable.split(',') : undefined;
}

/** Settings go before the variable, as in Meteor. */
function isConfiguredBySettings(): boolean {
  return (reactivitySetting() ?? undefined) !== undefined;
}

function reactivitySetting(): unknown {
  return Meteor.settings?.packages?.mongo?.reactivity;
}
