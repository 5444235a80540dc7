/** Runs files on the stand-in for Meteor, with a Redis and a database. Called by test.ts and soak.ts. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startServices } from './services';

/** Ends this process with the exit code of what ran. */
export async function runOnStandIn(files: readonly string[], env: NodeJS.ProcessEnv): Promise<never> {
  const services = await startServices({ log: console.log });
  const child = spawn(process.execPath, [...process.execArgv, 'stand-in/main.ts', ...files], {
    env: {
      ...process.env,
      TSX_TSCONFIG_PATH: 'stand-in/tsconfig.json',
      CLUSTER_URL: services.redisUrl,
      MONGO_URL: services.mongoUrl,
      ...env,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  await services.stop();
  process.exit(typeof code === 'number' ? code : 1);
}
