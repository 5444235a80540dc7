/**
 * Kinds of options: what a value of each must be.
 *
 * Called by `specification.ts`. No Meteor or Redis imports.
 */

import { quoted } from './config-error';

/** The specification of one option. */
export interface OptionSpec<Value> {
  /** The expected value, for the error. */
  readonly expected: string;
  readonly isValid: (value: unknown) => boolean;
  /** `undefined`: the option has no default, or one that depends on others. */
  readonly default?: Value;
  /** The value never appears in an error. */
  readonly isSecret?: boolean;
  /** Returns what an invalid value is, for the error, where a number, a text or the type would say too little. */
  readonly got?: ((value: unknown) => string) | undefined;
}

/** A day. A longer time is a mistake, and Node's timers end at 24.8 days. */
const MAX_MS = 86_400_000;

export function text(
  pattern = /./s,
  expected = 'a non-empty string',
  got?: OptionSpec<string>['got'],
): OptionSpec<string> {
  return { expected, isValid: (value) => typeof value === 'string' && pattern.test(value), got };
}

export function secret<Value>(spec: OptionSpec<Value>): OptionSpec<Value> {
  return { ...spec, isSecret: true };
}

export function integer(min: number, max: number): OptionSpec<number> {
  const isValid = (value: unknown) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  return { expected: `a whole number from ${min} to ${max}`, isValid };
}

export function milliseconds(min: number): OptionSpec<number>;
export function milliseconds(min: number, initial: number): OptionSpec<number> & { default: number };
export function milliseconds(min: number, initial?: number): OptionSpec<number> {
  return { ...integer(min, MAX_MS), default: initial };
}

export function share(initial: number): OptionSpec<number> & { default: number } {
  const isValid = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1;
  return { expected: 'a number from 0 to 1', isValid, default: initial };
}

export function boolean(): OptionSpec<boolean>;
export function boolean(initial: boolean): OptionSpec<boolean> & { default: boolean };
export function boolean(initial?: boolean): OptionSpec<boolean> {
  return { expected: 'true or false', isValid: (value) => typeof value === 'boolean', default: initial };
}

export function oneOf<Value extends string>(
  values: readonly Value[],
  initial: Value,
): OptionSpec<Value> & { default: Value } {
  const isValid = (value: unknown) => (values as readonly unknown[]).includes(value);
  return { expected: `one of ${quoted(values)}`, isValid, default: initial };
}
