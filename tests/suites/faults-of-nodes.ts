/** Nodes die with a write that they have not published, or join and leave while another node is cut off. */

import type { StrategyName } from 'meteor/cluster';
import { eventually, pause } from '../support/eventually';
import { siteOptions } from '../support/fault-site';
import type { ConfigWithoutAddress } from '../support/node-config';
import { connected, knowPeers, type TestNode } from '../support/nodes';
import { FaultyProxy } from '../support/proxy';
import { addTest, type Scope } from '../support/scope';
import { CALM, SLACK_MS, TIMING } from '../support/timing';
import { CAPABILITIES, type Topology } from '../support/topologies';
import { WatchedGroup } from '../support/watched-group';
import { addSiteTest, REDIS } from './fault-test';

/** The database has acknowledged its last write; nothing of it is published. */
async function insertThenKill(victim: TestNode, group: WatchedGroup): Promise<void> {
  void victim.call('insertThenKill', group.item()).catch(() => {});
  await eventually('the node to be killed', () => victim.process.signalCode === 'SIGKILL');
}

export function addFaultsOfNodes(topology: Topology): void {
  addSiteTest(
    topology,
    'what a node wrote that died before it could publish is shown by the others',
    { onlyMixed: true },
    async ({ site, hit, other, group, scope }) => {
      const [victim] = await scope.startNodes({ cluster: siteOptions(site) });
      await knowPeers([hit.node, other.node], 2);
      // The resync that follows a join must not find what the victim writes.
      await pause(2 * TIMING.resyncJitter + 300);
      await insertThenKill(victim, group);
      const { heartbeatInterval, heartbeatTimeout, resyncJitter } = TIMING;
      const withinMs = heartbeatTimeout + heartbeatInterval + resyncJitter + SLACK_MS;
      await group.converged('after the death', withinMs);
    },
  );

  addSiteTest(
    topology,
    'what a node wrote that joined and left while another was cut off is shown',
    { sides: 'one', onlyMixed: true },
    async ({ site, hit, other, group, scope }) => {
      hit.proxy.inject({ cut: true });
      const [guest] = await scope.startNodes({ cluster: siteOptions(site) });
      await group.write(guest);
      await group.convergedOn(other.node, 'while one node is cut off');
      await guest.call('close');
      await knowPeers([other.node], 0);
      await guest.stop();
      hit.proxy.heal();
      await group.converged('when the node is back');
      await group.replicates();
    },
  );
}

/** Two nodes of one strategy that know each other, the second behind a proxy, and a Redis of their own. */
async function witnessAndVictim(scope: Scope, cluster: ConfigWithoutAddress, env: NodeJS.ProcessEnv = {}) {
  const redis = await scope.startRedis();
  const proxy = await scope.use(FaultyProxy.start(redis.port), (started) => started.close());
  const [witness, victim] = await scope.startNodes(
    { cluster: { ...cluster, port: redis.port }, env },
    { cluster: { ...cluster, port: proxy.port } },
  );
  await knowPeers([witness, victim], 1);
  return { redis, proxy, witness, victim };
}

/** Faults that need a Redis of their own, for the strategy of the node that survives. */
export function addFaultsOfDyingNodes(strategy: StrategyName): void {
  const title = `faults (${strategy})`;

  addTest(
    `${title} - what a node wrote that died before it was back is shown by the other`,
    async (_test, scope) => {
      const cluster = { ...CALM, namespace: 'died', strategy };
      const { redis, proxy, witness, victim } = await witnessAndVictim(scope, cluster);
      proxy.inject({ cut: true });
      await redis.kill();
      await pause(1.5 * CALM.heartbeatTimeout);
      const group = await WatchedGroup.open(scope, witness);
      const { resyncs } = await witness.call('status');
      await redis.restart();
      await eventually('the witness to resync', async () => (await witness.call('status')).resyncs > resyncs);
      await insertThenKill(victim, group);
      await group.converged('after the death', CALM.heartbeatTimeout + TIMING.heartbeatInterval + SLACK_MS);
    },
    REDIS,
  );

  addTest(
    `${title} - what a node wrote that was cut off until it died is found by polling`,
    async (_test, scope) => {
      const { pollsByOption } = CAPABILITIES[strategy];
      const cluster = {
        ...TIMING,
        namespace: 'cut-off',
        strategy,
        ...(pollsByOption && { pollingInterval: 1000 }),
      };
      const env = pollsByOption ? {} : { METEOR_POLLING_INTERVAL_MS: '1000' };
      const { proxy, witness, victim } = await witnessAndVictim(scope, cluster, env);
      proxy.inject({ cut: true });
      await knowPeers([witness], 0);
      const group = await WatchedGroup.open(scope, witness);
      await insertThenKill(victim, group);
      await group.converged('at its next poll');
    },
    REDIS,
  );

  addTest(
    `${title} - a client whose connection is never answered is replaced`,
    async (_test, scope) => {
      const redis = await scope.startRedis();
      const proxy = await scope.use(FaultyProxy.start(redis.port), (started) => started.close());
      proxy.inject({ swallow: true });
      const node = await scope.startNode({
        // A client that is still connecting is replaced after ten time-outs.
        cluster: { namespace: 'stuck', strategy, heartbeatInterval: 100, heartbeatTimeout: 300 },
        clients: { kind: 'single', ports: [proxy.port] },
      });
      const group = await WatchedGroup.open(scope, node);
      proxy.heal();
      await connected([node]);
      await group.replicates();
    },
    REDIS,
  );
}
