/**
 * Merges the options of the application's `init()` with those of the settings. The application's go first.
 *
 * Called by `application-cluster.ts`. No Meteor or Redis imports.
 */

import { quoted } from './config-error';
import { ADDRESS_OPTIONS, toObject } from './options';
import type { ClusterSettings } from './settings';

export interface MergedOptions {
  /** The options of the session. Not checked yet. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The names of the options that `init()` gives. */
  readonly ofCall: readonly string[];
  /** The names of the options that only the settings give. */
  readonly ofSettings: readonly string[];
  /** The names of the settings that options of `init()` replace. */
  readonly replaced: readonly string[];
}

/** Each of these says where Redis is. One of `init()` replaces all of the settings, as half of an address is of no use. */
const ADDRESS: readonly string[] = ['url', 'createClient', ...ADDRESS_OPTIONS];

/**
 * Merges options. An option that is `null` counts as left out, as everywhere.
 *
 * @param call what the application has passed to `init()`
 * @throws ClusterConfigError when that is no object, text or nothing
 */
export function mergeOptions({ config: settings }: ClusterSettings, call: unknown): MergedOptions {
  const given = withoutNull(toObject(call));
  const ofCall = Object.keys(given);
  const isAddressed = ofCall.some((name) => ADDRESS.includes(name));
  const isReplaced = (name: string) =>
    ofCall.includes(name) || (isAddressed && (name === 'db' || ADDRESS.includes(name)));
  const names = Object.keys(withoutNull(settings));
  const ofSettings = names.filter((name) => !isReplaced(name));
  const kept = Object.fromEntries(ofSettings.map((name) => [name, settings[name]]));
  return { config: { ...kept, ...given }, ofCall, ofSettings, replaced: names.filter(isReplaced) };
}

/** Returns a line for the log that names the options, without their values. */
export function describeMerge({ source }: ClusterSettings, merged: MergedOptions): string {
  const { ofCall, ofSettings, replaced } = merged;
  const unused = replaced.length > 0 ? `, and does not use ${quoted(replaced)} there` : '';
  return `init() of the application goes before ${source}: it gives ${listed(ofCall)}, takes ${listed(ofSettings)} from there${unused}`;
}

function listed(names: readonly string[]): string {
  return names.length > 0 ? quoted(names) : 'no option';
}

function withoutNull(options: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== null && value !== undefined),
  );
}
