/** Runs files on the stand-in for Meteor, each process with a Redis and a database. Called by scripts/test.ts and scripts/soak.ts. */

import { rm } from 'node:fs/promises';
import { execa } from 'execa';
import { bundleNode } from './node-bundle';
import { guardProcess } from './process-guard';
import { runScript, type StopLater } from './run-script';
import { startServices } from './services';

export interface StandInRun {
  readonly env: NodeJS.ProcessEnv;
  /** Called with what the process sends. @default it may send nothing */
  onMessage?(message: unknown): void;
  /** Whether the files use neither Redis nor a database. */
  readonly isUnitRun?: boolean;
}

/** Ends this process with the exit code of the files. */
export function runOnStandIn(files: readonly string[], env: NodeJS.ProcessEnv): Promise<never> {
  return runScript(async (stopLater) => {
    const program = await bundledNode(stopLater);
    return startOnStandIn(files, { env: { ...env, CLUSTER_TEST_NODE_PROGRAM: program } }, stopLater);
  });
}

/** @returns the program of a node of the tests, which is removed at the end */
export async function bundledNode(stopLater: StopLater): Promise<string> {
  const program = await bundleNode();
  stopLater({ stop: () => rm(program, { force: true }) });
  return program;
}

/** Runs files in one process. @returns its exit code */
export async function startOnStandIn(
  files: readonly string[],
  { env, onMessage, isUnitRun = false }: StandInRun,
  stopLater: StopLater,
): Promise<number> {
  const services = isUnitRun ? undefined : stopLater(await startServices(console.log));
  const child = execa(process.execPath, [...process.execArgv, 'stand-in/main.ts', ...files], {
    env: {
      TSX_TSCONFIG_PATH: 'stand-in/tsconfig.json',
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
