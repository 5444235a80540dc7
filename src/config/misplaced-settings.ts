/**
 * Finds settings of Cluster in places where nobody reads them.
 *
 * Called by `singleton.ts` at start-up, with `Meteor.settings`. No Meteor or Redis imports.
 */

import { isRecord, property } from '../base/values';
import { ClusterConfigError } from './config-error';
import { SETTING_NAMES, WHERE } from './settings';

/** The objects of `Meteor.settings` that may hold them by mistake. The first one is `Meteor.settings` itself. */
const CONTAINERS = [
  [],
  ['packages'],
  ['package'],
  ['Packages'],
  ['public'],
  ['public', 'packages'],
  ['private'],
];
/** Names that no other package has: those of Meteor's packages have no capitals. */
const OWN_NAME = /^(meteor-)?cluster$/i;
/** Names of packages by a publisher: Cluster once it is published, or another one. */
const PUBLISHED_NAME = /^[^:]+:cluster$/i;

/**
 * Looks for misplaced settings.
 *
 * @param settings `Meteor.settings`
 * @returns a warning for each place that may be the application's own
 * @throws ClusterConfigError for a place that only settings of Cluster can have
 */
export function findMisplaced(settings: unknown): string[] {
  const packages = property(settings, 'packages');
  const own = namesIn(packages, OWN_NAME).find((name) => name !== 'cluster');
  if (own !== undefined) {
    throw new ClusterConfigError(
      own,
      `Meteor.settings.packages.${own} is not read: the settings belong to ${WHERE}`,
    );
  }
  // With settings in the right place, other objects of that name are the application's.
  if (property(packages, 'cluster') !== undefined) return [];
  return CONTAINERS.flatMap((path) => misplacedIn(path, settings)).map(
    (place) => `${place} is not read: the settings of Cluster belong to ${WHERE}`,
  );
}

function misplacedIn(path: readonly string[], settings: unknown): string[] {
  const container = path.reduce<unknown>(property, settings);
  return [...namesIn(container, OWN_NAME), ...namesIn(container, PUBLISHED_NAME)]
    .filter((name) => looksLikeSettings(property(container, name)))
    .map((name) => `Meteor.settings${[...path, name].map(accessOf).join('')}`);
}

function namesIn(container: unknown, pattern: RegExp): string[] {
  return isRecord(container) ? Object.keys(container).filter((name) => pattern.test(name)) : [];
}

/** An application may have an object "cluster" of its own, with other names in it. */
function looksLikeSettings(value: unknown): boolean {
  const known = SETTING_NAMES.map((name) => name.toLowerCase());
  return isRecord(value) && Object.keys(value).some((name) => known.includes(name.toLowerCase()));
}

function accessOf(name: string): string {
  return name.includes(':') || name.includes('-') ? `["${name}"]` : `.${name}`;
}
