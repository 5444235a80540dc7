/**
 * Tests that need a program this machine may not have. Meteor's Tinytest knows no skipped tests; the stand-in's does.
 *
 * Used by `faults.tests.ts` and `deployments.tests.ts`.
 */

import { spawnSync } from 'node:child_process';
import * as tinytest from 'meteor/tinytest';

type Run = Parameters<typeof tinytest.Tinytest.addAsync>[1];

const found = new Map<string, boolean>();

/** Registers a test, or says that it is skipped when one of the programs is not on the PATH. */
export function testNeeding(programs: readonly string[], name: string, run: Run): void {
  const missing = programs.filter((program) => !isOnPath(program));
  if (missing.length === 0) tinytest.Tinytest.addAsync(name, run);
  else skip(name, `${missing.join(' and ')} not found on the PATH`);
}

/** Registers nothing and says so: on the stand-in in the report, on Meteor in the log. */
export function skip(name: string, reason: string): void {
  const { skipTest } = tinytest as { skipTest?: (name: string, reason: string) => void };
  if (skipTest) skipTest(name, reason);
  else console.log(`skipped: ${name}: ${reason}`);
}

function isOnPath(program: string): boolean {
  const known = found.get(program) ?? spawnSync(program, ['--version']).error === undefined;
  found.set(program, known);
  return known;
}
