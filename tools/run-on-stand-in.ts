/** Runs a bundle on the stand-in for Meteor, with a Redis and a database. Called by scripts/test.ts and scripts/soak.ts. */

import { execa } from 'execa';
import { guardProcess } from './process-guard';
import { runScript, type StopLater } from './run-script';
import { startServices } from './services';
import { bundleProgram, loading, STAND_IN } from './stand-in-bundle';

/**
 * Tests make much that lives for a moment. With 64 MB for it in place of 16, `npm run test:unit` takes 27.5 s of CPU time in
 * place of 29.5.
 */
const FLAGS = ['--enable-source-maps', '--max-semi-space-size=64'];

export interface StandInRun {
  readonly env: NodeJS.ProcessEnv;
  /** Called with what the process sends. @default it may send nothing */
  onMessage?(message: unknown): void;
  /** Whether the program uses neither Redis nor a database. */
  readonly isUnitRun?: boolean;
}

/** Ends this process with the exit code of the files. */
export function runOnStandIn(files: readonly string[], env: NodeJS.ProcessEnv): Promise<never> {
  return runScript(async (stopLater) => {
    const [program, node] = await Promise.all([bundledFiles(files, stopLater), bundledNode(stopLater)]);
    return startOnStandIn(program, { env: { ...env, CLUSTER_TEST_NODE_PROGRAM: node } }, stopLater);
  });
}

/** @returns the path of the program that runs the files, which is removed at the end */
export async function bundledFiles(files: readonly string[], stopLater: StopLater): Promise<string> {
  const program = { name: 'tests', code: loading(...files, STAND_IN), isMapped: true };
  return stopLater(await bundleProgram(program)).path;
}

/** @returns the path of the program of a node of the tests, which is removed at the end */
export async function bundledNode(stopLater: StopLater): Promise<string> {
  const program = { name: 'test-node', code: loading('tests/support/node-app.ts', STAND_IN) };
  return stopLater(await bundleProgram(program)).path;
}

/** Runs a program in one process. @returns its exit code */
export async function startOnStandIn(
  program: string,
  { env, onMessage, isUnitRun = false }: StandInRun,
  stopLater: StopLater,
): Promise<number> {
  const services = isUnitRun ? undefined : stopLater(await startServices(console.log));
  const child = execa(process.execPath, [...FLAGS, program], {
    env: {
      ...(services && { CLUSTER_URL: services.redisUrl, MONGO_URL: services.mongoUrl }),
      ...env,
    },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    ipc: onMessage !== undefined,
    reject: false,
    // A group of its own, so that the processes that tests have started end with it.
    detached: true,
    cleanup: false,
  });
  guardProcess(child);
  if (onMessage) child.on('message', onMessage);
  stopLater({
    stop: async () => {
      child.kill();
      await child;
    },
  });
  const { exitCode = 1 } = await child;
  return exitCode;
}
