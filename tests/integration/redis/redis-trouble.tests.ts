/** A node whose Redis is away or refuses it: what it logs, and what it keeps in memory. */

import { freePort } from '../../../tools/free-port';
import { BLACK_HOLE } from '../../suites/faults-of-network';
import { stored } from '../../support/database';
import { eventually, pause } from '../../support/eventually';
import { CANARY } from '../../support/fault-site';
import { connected, type TestNode } from '../../support/nodes';
import { FaultyProxy } from '../../support/proxy';
import { addTest } from '../../support/scope';
import { CALM, TIMING } from '../../support/timing';
import { WatchedGroup } from '../../support/watched-group';

const REDIS = ['redis-server'];
/** The memory that changes take at most while Redis is away: `docs/guarantees.md`. */
const MAX_BYTES = 16 * 1024 * 1024;

function occurrences(node: TestNode, pattern: RegExp): number {
  return node.log().match(pattern)?.length ?? 0;
}

addTest(
  'Redis trouble - a node started without Redis serves, and logs once that there is none, once that there is',
  async (test, scope) => {
    const port = await freePort();
    const node = await scope.startNode({ cluster: { port, namespace: 'late', ...TIMING } });
    const group = await WatchedGroup.open(scope, node);
    await group.write(node);
    await group.converged('without Redis');
    await eventually('a failed attempt to be logged', () => occurrences(node, /no connection/g) > 0);
    await pause(3 * TIMING.heartbeatTimeout);
    test.equal(occurrences(node, /Cluster: /g), 1, node.log());
    await scope.startRedis({ port });
    await connected([node]);
    await eventually('the connection to be logged', () => /again connected/.test(node.log()));
    test.equal(occurrences(node, /Cluster: /g), 2, node.log());
  },
  REDIS,
);

addTest(
  'Redis trouble - with TLS to a port without it, the log says what to write',
  async (test, scope) => {
    const redis = await scope.startRedis();
    const cluster = { port: redis.port, tls: true, namespace: 'tls', ...TIMING };
    const node = await scope.startNode({ cluster });
    const advice =
      /no connection to rediss:.*does this port expect TLS\? Without TLS the address starts with redis:/;
    await eventually('the advice', () => advice.test(node.log()));
    test.equal(occurrences(node, /Cluster: /g), 1, node.log());
  },
  REDIS,
);

interface Refusal {
  readonly what: string;
  /** The rule of the user, and what corrects it while the node runs. */
  readonly acl: string;
  readonly correction: string;
  readonly warning: RegExp;
  /** Logged when Redis accepts the node. */
  readonly recovery?: RegExp;
}

const ADVICE =
  'the ACL user needs "resetchannels &cluster:refused \\+publish \\+subscribe \\+ping" and no keys';
const REFUSALS: Refusal[] = [
  {
    what: 'password',
    acl: `>another-${CANARY} ~* &* +@all`,
    correction: `>${CANARY}`,
    warning: /no connection .*WRONGPASS.*: check the user name and the password/,
    recovery: /again connected/,
  },
  {
    what: 'channel',
    acl: `>${CANARY} resetchannels +publish +subscribe +ping`,
    correction: '&cluster:refused',
    warning: new RegExp(`no connection .*NOPERM.*: ${ADVICE}`),
    recovery: /again connected/,
  },
  {
    what: 'subscribe',
    acl: `>${CANARY} resetchannels &cluster:refused +publish +ping`,
    correction: '+subscribe',
    warning: new RegExp(`no connection .*NOPERM.*: ${ADVICE}`),
    recovery: /again connected/,
  },
  {
    what: 'publish',
    acl: `>${CANARY} resetchannels &cluster:refused +subscribe +ping`,
    correction: '+publish',
    warning: new RegExp(`Redis does not accept changes .*NOPERM.*: ${ADVICE}`),
    recovery: /accepts changes again/,
  },
  {
    // Without PING a dead connection is noticed later; until one dies, everything works.
    what: 'ping',
    acl: `>${CANARY} resetchannels &cluster:refused +publish +subscribe`,
    correction: '+ping',
    warning: new RegExp(`error on the connection .*NOPERM.*: ${ADVICE}`),
  },
];

addTest(
  'Redis trouble - what Redis refuses is logged once with what to do, and works when it is corrected',
  async (test, scope) => {
    const config = REFUSALS.map(({ what, acl }) => `user no-${what} on ${acl}`);
    const redis = await scope.startRedis({ config });
    const cluster = { port: redis.port, namespace: 'refused', ...CALM };
    const [[other], ...nodes] = await Promise.all([
      scope.startNodes({ cluster }),
      ...REFUSALS.map(({ what }) =>
        scope.startNode({ cluster: { ...cluster, username: `no-${what}`, password: CANARY } }),
      ),
    ]);
    const check = async ({ what, correction, warning, recovery }: Refusal, node: TestNode) => {
      const group = await WatchedGroup.open(scope, node);
      const client = await scope.client(other, 'group', group.name);
      const lines = () => node.log().match(/^Cluster: (?!connected).*$/gm) ?? [];
      await eventually(`the warning about ${what}`, () => lines().length > 0);
      await pause(2 * CALM.heartbeatTimeout);
      // It returns while Redis still refuses.
      await group.write(node);
      test.equal(lines().length, 1, node.log());
      test.matches(String(lines()[0]), warning);
      await redis.command('ACL', 'SETUSER', `no-${what}`, correction);
      await eventually(`the other node to receive from the one refused for its ${what}`, async () => {
        return JSON.stringify(await client.items()) === JSON.stringify(await stored(group.name));
      });
      if (recovery) await eventually(`the recovery of ${what}`, () => recovery.test(lines()[1] ?? ''));
    };
    await Promise.all(REFUSALS.map((refusal, index) => check(refusal, nodes[index] as TestNode)));
  },
  REDIS,
);

addTest(
  'Redis trouble - 100,000 documents that change while Redis is away take 16 MB at most',
  async (test, scope) => {
    const names = Array.from({ length: 50 }, (_, n) => `synced${n}`);
    const redis = await scope.startRedis();
    const proxy = await scope.use(FaultyProxy.start(redis.port), (started) => started.close());
    // With `timeout: 0`, touch() does not wait for Redis.
    const cluster = { port: proxy.port, namespace: 'outage', ...TIMING, timeout: 0 };
    const [node] = await scope.startNodes({ cluster, sync: names });
    for (const fault of [{ cut: true }, BLACK_HOLE]) {
      proxy.inject(fault);
      // Just below the number of ids from which on only the collection is kept, and far above it.
      for (const count of [1000, 2000]) {
        const grown = await node.call('touchMany', names, count);
        test.isTrue(grown < MAX_BYTES, `${count} ids of ${names.length} collections took ${grown} bytes`);
      }
      proxy.heal();
      await eventually('every collection to be published', async () => {
        const { connected: isConnected, published } = await node.call('status');
        return isConnected && published >= names.length;
      });
    }
  },
  REDIS,
);
