/** `npm run break-rules`, with the few rules that are found in seconds. Starts the script of the repository, so stand-in only. */

import { execa } from 'execa';
import { addTest } from '../../support/scope';

/** The script tries the others too, when it is called without options. */
addTest('break-rules - a rule of the session or the feed that is taken out is found', async (test) => {
  const options = ['--kind', 'session', '--quick', '--seed', '1', '--writes', '5000'];
  const { exitCode, all } = await execa(
    process.execPath,
    ['--import', 'tsx', 'scripts/break-rules.ts', ...options],
    { all: true, reject: false },
  );
  test.equal(exitCode, 0, all);
});
