/**
 * The theorem about skipped changes, or the simulation, finds a broken rule in a copy of the sources.
 *
 * Called by `break-rules.ts`. Neither needs Redis or a database.
 */

import { execa, type Options } from 'execa';
import { bundleProgram, loading, STAND_IN } from '../tools/stand-in-bundle';
import type { SessionRule } from './broken-session-rules';

const THEOREM = 'tests/unit/matching/query-index-properties.tests.ts';
const TEST = 'query index - a live query that a change leaves out';
/** Enough nodes for a majority. More only make it slower. */
const NODES = '4';

export interface Limits {
  /** The most cases of the theorem. */
  readonly cases: number;
  /** The most writes of the simulation. */
  readonly writes: number;
  readonly seed: number;
}

/** @returns after how much a broken rule was found; `undefined`: it was not */
export type Found = Promise<string | undefined>;

/** @throws Error when the test did not run */
export async function findByTheorem(folder: string, { cases, seed }: Limits): Found {
  const output = await run(folder, [THEOREM, STAND_IN], [], {
    TINYTEST: '1',
    TINYTEST_FILTER: TEST,
    // Nothing connects to it.
    MONGO_URL: 'mongodb://127.0.0.1:1/none',
    CLUSTER_TEST_RUNS: String(cases),
    CLUSTER_TEST_SEED: String(seed),
  });
  const [, count] = /Property failed after (\d+) tests/.exec(output) ?? [];
  if (count !== undefined) return `${count} cases`;
  if (/1 passed, 0 failed/.test(output)) return undefined;
  throw new Error(output);
}

/** @throws Error when the simulation did not run */
export async function findBySimulation(
  folder: string,
  { options = [] }: SessionRule,
  { writes, seed }: Limits,
): Found {
  const limits = ['--nodes', NODES, '--writes', String(writes), '--seed', String(seed)];
  const output = await run(folder, ['simulation/main.ts'], ['--until-found', ...limits, ...options]);
  const [, documents, rounds] = /^writes +(\d+) documents in (\d+) rounds/m.exec(output) ?? [];
  if (documents === undefined) throw new Error(output);
  return /^(LOST|UNSETTLED),/m.test(output) ? `${documents} writes in ${rounds} rounds` : undefined;
}

async function run(
  folder: string,
  modules: readonly string[],
  args: readonly string[],
  env: Options['env'] = {},
): Promise<string> {
  const program = await bundleProgram({ name: 'broken', code: loading(...modules) }, folder);
  try {
    const { all } = await execa(process.execPath, [program.path, ...args], {
      cwd: folder,
      env,
      all: true,
      reject: false,
    });
    return all;
  } finally {
    await program.stop();
  }
}
