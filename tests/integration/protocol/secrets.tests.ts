/** Runs last: no node of any test before it has logged a password or a secret. */

import { CANARY } from '../../support/fault-site';
import { everythingLogged } from '../../support/node-process';
import { connected } from '../../support/nodes';
import { addTest } from '../../support/scope';

addTest(
  'secrets - no node has logged a password or a secret',
  async (test, scope) => {
    const redis = await scope.startRedis({ config: [`requirepass ${CANARY}`], password: CANARY });
    const [node] = await scope.startNodes({
      cluster: { url: `redis://:${CANARY}@127.0.0.1:${redis.port}`, secret: `secret-${CANARY}` },
    });
    await scope.startNode({ cluster: { port: redis.port, password: `${CANARY}?` } });
    await connected([node]);
    test.matches(node.log(), /connected to redis:/);
    test.notMatches(everythingLogged(), new RegExp(CANARY));
  },
  ['redis-server'],
);
