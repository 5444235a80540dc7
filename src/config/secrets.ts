/**
 * The secrets that authenticate messages: how long one must be, what is said of a wrong one, and the variable that holds them.
 *
 * Called by `specification.ts` and `options.ts`. Shows lengths, never a part of a secret. No Meteor or Redis imports.
 */

import { ClusterConfigError, kindOf } from './config-error';

/** Shorter secrets can be guessed. */
const MIN_SECRET = 16;

/** The first one signs, all are accepted. */
export type Secrets = readonly [string, ...string[]];

export const EXPECTED_SECRET = `${MIN_SECRET} characters or more`;
export const EXPECTED_SECRETS = `${EXPECTED_SECRET}, or an array of such secrets`;

export function areSecrets(value: unknown): value is string | readonly string[] {
  const secrets = [value].flat();
  return secrets.length > 0 && secrets.every(isSecret);
}

/** Returns what a wrong value is, for an error: how long a secret is that is too short. */
export function describeSecrets(value: unknown): string {
  if (!Array.isArray(value)) return describeSecret(value);
  if (value.length === 0) return 'an empty array';
  const index = value.findIndex((each) => !isSecret(each));
  return value.length === 1
    ? describeSecret(value[0])
    : `${describeSecret(value[index])} as number ${index + 1} of ${value.length}`;
}

export function toSecrets([first, ...others]: readonly string[]): Secrets | undefined {
  return first === undefined ? undefined : [first, ...others];
}

/**
 * Reads the variable `CLUSTER_SECRET`. An empty one is refused: a deployment that has lost its secret would run without
 * authentication, and say nothing.
 *
 * @returns `undefined`: it is not set
 * @throws ClusterConfigError when a secret is too short
 */
export function secretsOfVariable({ CLUSTER_SECRET: text }: NodeJS.ProcessEnv): Secrets | undefined {
  if (text === undefined) return undefined;
  const secrets = text.split(',');
  if (areSecrets(secrets)) return toSecrets(secrets);
  const advice = text === '' ? '; unset it to run without authentication' : '';
  throw new ClusterConfigError(
    'CLUSTER_SECRET',
    `the variable CLUSTER_SECRET must be ${MIN_SECRET} characters or more, or several such secrets separated by ` +
      `commas; got ${describeSecrets(secrets)}${advice}`,
  );
}

function isSecret(value: unknown): boolean {
  return typeof value === 'string' && value.length >= MIN_SECRET;
}

function describeSecret(value: unknown): string {
  if (typeof value !== 'string' || value === '') return kindOf(value);
  return `${value.length} ${value.length === 1 ? 'character' : 'characters'}`;
}
