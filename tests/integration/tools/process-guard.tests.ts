/** Processes of the tests end with the process that started them, also when that is killed. */

import { connect } from 'node:net';
import { answers } from '../../../tools/launcher';
import { eventually } from '../../support/eventually';
import { addTest } from '../../support/scope';

addTest(
  'process guard - the node and the Redis that a process started end when it is killed',
  async (test, scope) => {
    const parent = await scope.startNode({ cluster: { port: 1 } });
    const [running, frozen] = [await parent.call('startChildren'), await parent.call('startChildren')];
    for (const { url, redisPort } of [running, frozen]) {
      test.isTrue(await answers(url));
      test.isTrue(await listens(redisPort));
    }
    // A stopped process notices nothing by itself.
    process.kill(frozen.pid, 'SIGSTOP');
    parent.process.kill('SIGKILL');
    for (const { url, redisPort } of [running, frozen]) {
      await eventually(`${url} to end`, async () => !(await listens(Number(new URL(url).port))));
      await eventually(`Redis on ${redisPort} to end`, async () => !(await listens(redisPort)));
    }
  },
  ['redis-server'],
);

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
