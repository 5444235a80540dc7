/**
 * Reads what starts Cluster without code: `Meteor.settings.packages.cluster`, and the variable `CLUSTER_SYNC`.
 *
 * Called by `singleton.ts`. The environment is passed in. No Meteor or Redis imports.
 */

import { isRecord } from '../base/values';
import { ClusterConfigError, kindOf, quoted } from './config-error';
import { nearestName } from './nearest-name';
import { OPTION_NAMES } from './specification';

export interface ClusterSettings {
  /** Where the settings are, for a line of the log. */
  readonly source: string;
  /** The options of `init`. Their values are not checked yet. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The names of the collections to sync. */
  readonly sync: readonly string[] | 'all';
  /** The names of collections that `all` leaves out. */
  readonly except: readonly string[];
}

/** The place of the settings. */
export const WHERE = 'Meteor.settings.packages.cluster';
const VARIABLE = 'CLUSTER_SYNC';
const ALL = '*';
/** All names that may stand under `packages.cluster`. */
export const SETTING_NAMES: readonly string[] = ['sync', 'except', 'health', 'metrics', ...OPTION_NAMES];

/**
 * Reads the settings.
 *
 * @param value what stands under `packages.cluster`
 * @param env holds `CLUSTER_SYNC`, the default of the setting `sync`
 * @returns `undefined` when there are neither settings nor the variable
 * @throws ClusterConfigError that names the setting or the variable that cannot be used
 */
export function readSettings(
  value: unknown,
  env: NodeJS.ProcessEnv = process.env,
): ClusterSettings | undefined {
  const variable = env[VARIABLE] ? readVariable(env[VARIABLE]) : undefined;
  if (value === undefined || value === null) {
    return variable && { source: VARIABLE, config: {}, sync: variable, except: [] };
  }
  if (!isRecord(value)) {
    throw new ClusterConfigError(WHERE, `${WHERE} must be an object of options; got ${kindOf(value)}`);
  }
  // `endpoints.ts` reads two more.
  checkNames(value);
  const { sync: givenSync, except: givenExcept, health: _health, metrics: _metrics, ...config } = value;
  const sync = readSync(givenSync ?? undefined) ?? variable ?? [];
  return { source: WHERE, config, sync, except: readExcept(givenExcept ?? undefined, sync) };
}

function checkNames(value: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(value).find((name) => !SETTING_NAMES.includes(name));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, SETTING_NAMES);
  const question = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  throw new ClusterConfigError(
    unknown,
    `unknown setting "${unknown}" of ${WHERE}${question || ';'} the settings are ${quoted(SETTING_NAMES)}`,
  );
}

function readVariable(text: string): ClusterSettings['sync'] {
  const names = text.split(',').map((name) => name.trim());
  if (names.length === 1 && names[0] === ALL) return 'all';
  if (isListOfNames(names)) return names;
  throw new ClusterConfigError(
    VARIABLE,
    `the variable ${VARIABLE} must be names of collections, separated by commas, or ${ALL} alone; got ${JSON.stringify(text)}`,
  );
}

function readSync(sync: unknown): ClusterSettings['sync'] | undefined {
  if (sync === undefined) return undefined;
  if (sync === ALL) return 'all';
  if (isListOfNames(sync)) return sync;
  throw new ClusterConfigError(
    'sync',
    `the setting "sync" of ${WHERE} must be a list of names of collections, or "${ALL}"; got ${shown(sync)}`,
  );
}

function readExcept(except: unknown, sync: ClusterSettings['sync']): readonly string[] {
  if (except === undefined) return [];
  const named = `the setting "except" of ${WHERE}`;
  if (!isListOfNames(except)) {
    throw new ClusterConfigError(
      'except',
      `${named} must be a list of names of collections; got ${shown(except)}`,
    );
  }
  if (sync === 'all' || except.length === 0) return except;
  throw new ClusterConfigError('except', `${named} requires "sync": "${ALL}", of which it names exceptions`);
}

function isListOfNames(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '' && name !== ALL)
  );
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return Array.isArray(value) ? 'another list' : kindOf(value);
}
