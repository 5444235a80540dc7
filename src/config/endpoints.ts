/**
 * The settings `health` and `metrics`: paths that Cluster serves by itself, and who may read the metrics.
 *
 * Called by `src/endpoints.ts`. No Meteor or Redis imports.
 */

import { isRecord, property } from '../base/values';
import { ClusterConfigError, kindOf, quoted } from './config-error';
import { areSecrets, describeSecrets, EXPECTED_SECRET } from './secrets';

/** Requests that may read the metrics. */
export type MetricsAccess =
  /** Requests of this host, which no proxy has passed on. */
  | { readonly kind: 'this host' }
  | { readonly kind: 'any host' }
  /** Requests with the token, of this host too. */
  | { readonly kind: 'token'; readonly token: string };

export interface Endpoints {
  /** The path of the health check; `undefined`: there is none. */
  readonly health: string | undefined;
  readonly metrics: { readonly path: string; readonly access: MetricsAccess } | undefined;
}

const DEFAULT_PATHS = { health: '/health', metrics: '/metrics' };
const MEMBERS = ['path', 'otherHosts', 'token'];
const EXPECTED = {
  health: 'true, false or a path such as "/health"',
  metrics: `true, false, a path such as "/metrics", or an object of ${quoted(MEMBERS)}`,
};

/**
 * Reads the two settings.
 *
 * @param settings what stands under `packages.cluster`. `settings.ts` checks that it is an object
 * @throws ClusterConfigError that names the setting, what was expected and what came
 */
export function readEndpoints(settings: unknown): Endpoints {
  const [health, metrics] = [property(settings, 'health'), property(settings, 'metrics')];
  return { health: readPath('health', health), metrics: readMetrics(metrics) };
}

function readPath(name: keyof typeof DEFAULT_PATHS, value: unknown): string | undefined {
  if (value === undefined || value === null || value === false) return undefined;
  if (value === true) return DEFAULT_PATHS[name];
  // Node passes the path of a request as it was sent: one with other characters would never be met.
  if (typeof value === 'string' && /^(\/[\w.~-]+)+$/.test(value)) return value;
  throw invalid(name, typeof value === 'string' ? JSON.stringify(value) : kindOf(value));
}

function readMetrics(value: unknown): Endpoints['metrics'] {
  if (!isRecord(value)) {
    const path = readPath('metrics', value);
    return path === undefined ? undefined : { path, access: { kind: 'this host' } };
  }
  const unknown = Object.keys(value).filter((name) => !MEMBERS.includes(name));
  if (unknown.length > 0) throw invalid('metrics', `one with ${quoted(unknown)}`);
  return {
    path: readPath('metrics', value.path ?? true) ?? DEFAULT_PATHS.metrics,
    access: readAccess(value),
  };
}

function readAccess({ otherHosts = false, token }: Readonly<Record<string, unknown>>): MetricsAccess {
  if (typeof otherHosts !== 'boolean') throw invalid('metrics', `${kindOf(otherHosts)} as "otherHosts"`);
  if (token === undefined || token === null) return { kind: otherHosts ? 'any host' : 'this host' };
  if (typeof token !== 'string' || !areSecrets(token)) {
    throw invalid('metrics', `${describeSecrets(token)} as "token", which has ${EXPECTED_SECRET}`);
  }
  return { kind: 'token', token };
}

function invalid(name: keyof typeof EXPECTED, got: string): ClusterConfigError {
  return new ClusterConfigError(
    name,
    `the setting "${name}" of Meteor.settings.packages.cluster must be ${EXPECTED[name]}; got ${got}`,
  );
}
