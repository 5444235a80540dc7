/** Runs files on the stand-in for Meteor, with a Redis and a database. Called by scripts/test.ts and scripts/soak.ts. */

import { rm } from 'node:fs/promises';
import { execa } from 'execa';
import { bundleNode } from './node-bundle';
import { guardProcess } from './process-guard';
import { runScript } from './run-script';
import { startServices } from './services';

/** Ends this process with the exit code of the files. */
export function runOnStandIn(files: readonly string[], env: NodeJS.ProcessEnv): Promise<never> {
  return runScript(async (stopLater) => {
    const { redisUrl, mongoUrl } = stopLater(await startServices(console.log));
    const program = await bundleNode();
    stopLater({ stop: () => rm(program, { force: true }) });
    const child = execa(process.execPath, [...process.execArgv, 'stand-in/main.ts', ...files], {
      env: {
        TSX_TSCONFIG_PATH: 'stand-in/tsconfig.json',
        CLUSTER_URL: redisUrl,
        MONGO_URL: mongoUrl,
        CLUSTER_TEST_NODE_PROGRAM: program,
        ...env,
      },
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
      reject: false,
      // A group of its own, so that the processes that tests have started end with it.
      detached: true,
      cleanup: false,
    });
    guardProcess(child);
    stopLater({
      stop: async () => {
        child.kill();
        await child;
      },
    });
    const { exitCode = 1 } = await child;
    return exitCode;
  });
}
