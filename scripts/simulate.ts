/**
 * `npm run simulate`: many nodes in one process, on virtual time. `simulation/main.ts` has the command, and runs on the
 * stand-in for Meteor.
 */

import { execa } from 'execa';
import { runScript } from '../tools/run-script';

await runScript(async () => {
  const args = [...process.execArgv, 'simulation/main.ts', ...process.argv.slice(2)];
  const { exitCode = 1 } = await execa(process.execPath, args, {
    env: { TSX_TSCONFIG_PATH: 'stand-in/tsconfig.json' },
    stdio: 'inherit',
    reject: false,
  });
  return exitCode;
});
