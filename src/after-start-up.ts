/**
 * Reports of what the application has left out at start-up, by mistake or not: collections, or the start of Cluster.
 *
 * Called by `cluster.ts`, `synced-collections.ts` and `singleton.ts`.
 */

import { Meteor } from 'meteor/meteor';
import { quoted } from './config/config-error';

/** How long after start-up something may be missing before that is reported, in ms. */
export const REPORT_DELAY_MS = 10_000;
/** So many names fit into a line that can be read. */
const MAX_NAMES = 5;

/** The line of an application that has the package and does not start it. */
export const IDLE_LINE =
  'Cluster: loaded, but nothing starts it. Call Cluster.init() and Cluster.sync() in the code, or set the variable ' +
  'CLUSTER_SYNC=*, or {"packages":{"cluster":{"sync":"*"}}} in METEOR_SETTINGS';

/** The warning of a node that has started and does nothing. */
export const NOTHING_SYNCED =
  'started, but no collection is synced, so nothing is published. Call Cluster.sync() or Cluster.syncAll() in the code, or ' +
  'set the variable CLUSTER_SYNC=*, or "sync" in Meteor.settings.packages.cluster';

/** Calls a report some time after start-up, or after now when that has ended. The timer does not keep the process running. */
export function afterStartUp(report: () => void): void {
  Meteor.startup(() => void setTimeout(report, REPORT_DELAY_MS).unref());
}

/** Returns the warning about synced names under which no collection has been opened. */
export function unopenedLine(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  const shown = `${quoted(names.slice(0, MAX_NAMES))}${more > 0 ? ` and ${more} more` : ''}`;
  return names.length === 1
    ? `${shown} is synced, but no collection of that name has been opened`
    : `${shown} are synced, but no collections of these names have been opened`;
}
