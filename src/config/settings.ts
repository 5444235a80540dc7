/**
 * Reads `Meteor.settings.packages.cluster`: every option of `init`, and the collections to sync.
 *
 * Called by `start-from-settings.ts`. No Meteor or Redis imports.
 */

import { isRecord } from '../base/values';
import { ClusterConfigError, kindOf } from './config-error';
import type { ClusterConfig } from './options';

export interface ClusterSettings {
  /** The options of `init`. Not checked yet. */
  readonly config: ClusterConfig;
  /** The names of the collections to sync. */
  readonly sync: readonly string[] | 'all';
}

const WHERE = 'Meteor.settings.packages.cluster';
const ALL = '*';

/**
 * Reads the settings.
 *
 * @param value what stands under `packages.cluster`
 * @returns `undefined` when nothing does
 * @throws ClusterConfigError when it is no object, or `sync` is of another kind
 */
export function readSettings(value: unknown): ClusterSettings | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) {
    throw new ClusterConfigError(WHERE, `${WHERE} must be an object of options; got ${kindOf(value)}`);
  }
  // `endpoints.ts` reads the other two.
  const { sync = [], health: _health, metrics: _metrics, ...config } = value;
  return { config, sync: readSync(sync) };
}

function readSync(sync: unknown): ClusterSettings['sync'] {
  if (sync === ALL) return 'all';
  if (sync === null) return [];
  if (Array.isArray(sync) && sync.every((name) => typeof name === 'string' && name !== '')) return sync;
  const got =
    typeof sync === 'string' ? JSON.stringify(sync) : Array.isArray(sync) ? 'another list' : kindOf(sync);
  throw new ClusterConfigError(
    'sync',
    `the setting "sync" of ${WHERE} must be a list of names of collections, or "${ALL}"; got ${got}`,
  );
}
