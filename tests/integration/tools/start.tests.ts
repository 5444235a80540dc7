/** `npm start`: the chat of the demo. Starts the script of the repository, so stand-in only. */

import { fileURLToPath } from 'node:url';
import { freePort } from '../../../tools/free-port';
import { launch, tailOf, untilAnswer } from '../../../tools/launcher';
import { eventually } from '../../support/eventually';
import { addTest, type Scope } from '../../support/scope';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Starts `npm start` on a port, with a node that is alone. */
async function startAlone(scope: Scope, port: number, ...args: string[]) {
  const { TINYTEST: _, ...env } = process.env;
  const launched = launch({
    command: process.execPath,
    args: ['--import', import.meta.resolve('tsx'), 'scripts/start.ts', '--port', String(port), ...args],
    cwd: ROOT,
    env: { ...env, CLUSTER_URL: 'none' },
  });
  return scope.use(launched, ({ stop }) => stop());
}

addTest('npm start - with CLUSTER_URL=none it runs one node, without Redis', async (test, scope) => {
  const port = await freePort();
  const started = await startAlone(scope, port);
  await untilAnswer(started, `http://127.0.0.1:${port}`);
  await eventually('the URLs', () => /Ctrl-C ends it/.test(started.log()));
  test.matches(started.log(), /this node is alone, as its address of Redis is "none"/);
  await started.stop('SIGINT');
  test.equal(await started.ended, { code: 0, signal: null }, tailOf(started));
});

addTest('npm start - with CLUSTER_URL=none it refuses a number of nodes', async (test, scope) => {
  const started = await startAlone(scope, await freePort(), '--nodes', '3');
  test.equal((await started.ended).code, 1);
  test.matches(started.log(), /With CLUSTER_URL=none there is one node: leave out --nodes/);
});
