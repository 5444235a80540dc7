/**
 * What happens to a cluster when its Redis, the network to it, or a node fails. Always the same is expected: writes go
 * on, and when the fault is over every client of every node sees what the database holds.
 */

import type { ClusterConfig } from 'meteor/cluster';
import { createClient } from 'redis';
import { stored } from './support/database';
import { eventually, pause } from './support/eventually';
import {
  CALM,
  CANARY,
  faultySite,
  measured,
  type Site,
  TIMING,
  tellTime,
  WatchedGroup,
  WRITTEN_WITHIN,
} from './support/faulty-site';
import { connected, everythingLogged, freePort, startNode, type TestNode } from './support/nodes';
import { type Fault, FaultyProxy } from './support/proxy';
import { RedisServer } from './support/redis-server';
import { skip, testNeeding } from './support/skip';

const REDIS = ['redis-server'];
/** For a slow machine, in ms. */
const SLACK = 1500;

/** What it gives back is waited for. */
type Step = (site: Site, group: WatchedGroup) => unknown;

interface FaultTest {
  inject: Step;
  /** Between the writes at the start of the fault and those at its end. */
  meanwhile?: Step;
  /** @default both proxies do nothing any more */
  heal?: Step;
}

function faultTest(name: string, { inject, meanwhile, heal = onBoth({}) }: FaultTest): void {
  testNeeding(REDIS, `faults - ${name}`, async (test) => {
    const site = await faultySite();
    const group = await WatchedGroup.on(site.a, site.b);
    const write = async () => {
      const slowest = Math.round(await group.write(site.a, site.b));
      test.isTrue(slowest < WRITTEN_WITHIN, `a write took ${slowest} ms`);
    };
    try {
      await inject(site, group);
      await write();
      await meanwhile?.(site, group);
      await write();
    } finally {
      await heal(site, group);
    }
    await group.seenEverywhere('after the fault');
    await group.alive();
    group.end();
  });
}

function onBoth(fault: Fault): Step {
  return ({ proxyOfA, proxyOfB }) => {
    for (const proxy of [proxyOfA, proxyOfB]) proxy.inject(fault);
  };
}

function onB(fault: Fault): Step {
  return ({ proxyOfB }) => proxyOfB.inject(fault);
}

/** A half-open connection is noticed at the first heartbeat after `heartbeatTimeout`. */
async function bNotices({ b }: Site): Promise<void> {
  const { heartbeatInterval, heartbeatTimeout } = TIMING;
  const since = performance.now();
  await eventually(
    'the dead connection to be noticed',
    async () => !(await b.call('status')).connected,
    heartbeatTimeout + heartbeatInterval + SLACK,
  );
  measured(`noticed after ${tellTime(since)}`);
}

const BLACK_HOLE = { mute: true, deaf: true };

faultTest('both nodes cut off: all is seen when they are back', { inject: onBoth({ cut: true }) });
faultTest('one node cut off: all is seen when it is back', { inject: onB({ cut: true }) });
faultTest('a black hole around both nodes is noticed, and all is seen after it', {
  inject: onBoth(BLACK_HOLE),
  meanwhile: bNotices,
});
faultTest('a black hole around one node is noticed, and all is seen after it', {
  inject: onB(BLACK_HOLE),
  meanwhile: bNotices,
});
faultTest('a node that is not heard notices it, and all is seen after it', {
  inject: onB({ mute: true }),
  meanwhile: bNotices,
});
faultTest('a node that does not hear notices it, and all is seen after it', {
  inject: onB({ deaf: true }),
  meanwhile: bNotices,
});
faultTest('a black hole too short to be noticed loses nothing', { inject: onB(BLACK_HOLE) });
faultTest('a slow network delays what is seen and loses nothing', {
  inject: onBoth({ delay: 100 }),
  meanwhile: (_, group) => group.seenEverywhere('over the slow network'),
});
faultTest('a network that cuts messages into slices loses nothing', {
  inject: onBoth({ slice: 7 }),
  meanwhile: (_, group) => group.seenEverywhere('slice by slice'),
});
faultTest('a connection reset in the middle of a message loses nothing', {
  inject: ({ proxyOfB }) =>
    proxyOfB.inject({
      message: (frame) => {
        if (!isAnnouncement(frame)) return [frame];
        setTimeout(() => proxyOfB.reset(), 10);
        return [frame.subarray(0, frame.length / 2)];
      },
    }),
});
faultTest('subscribers killed by Redis miss nothing', {
  inject: ({ redis }) => redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub'),
  meanwhile: ({ redis }) => redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub'),
  heal: () => {},
});
faultTest('publishers and subscribers killed by Redis again and again miss nothing', {
  inject: async ({ redis, a, b }, group) => {
    const writing = Promise.all([group.write(a), group.write(b)]);
    for (let round = 0; round < 5; round += 1) {
      await redis.command('CLIENT', 'KILL', 'TYPE', round % 2 === 0 ? 'normal' : 'pubsub');
    }
    await writing;
  },
});
faultTest('Redis frozen: noticed, and all is seen when it goes on', {
  inject: ({ redis }) => redis.freeze(),
  meanwhile: bNotices,
  heal: ({ redis }) => redis.thaw(),
});

for (const seconds of [0.1, 1, 30]) {
  const name = `Redis killed and started after ${seconds} s: all is seen when it is back`;
  if (seconds > 1 && !process.env.CLUSTER_TEST_LONG) {
    skip(`faults - ${name}`, 'takes long; set CLUSTER_TEST_LONG=1');
    continue;
  }
  faultTest(name, {
    inject: ({ redis }) => redis.kill(),
    meanwhile: () => pause(seconds * 1000),
    heal: ({ redis }) => redis.restart(),
  });
}

testNeeding(REDIS, 'faults - Redis killed while both nodes write: nothing of it is missed', async (test) => {
  const { redis, a, b } = await faultySite();
  const group = await WatchedGroup.on(a, b);
  const writing = [a, b].map(async (node) => {
    for (let round = 0; round < 10; round += 1) {
      const slowest = Math.round(await group.write(node));
      test.isTrue(slowest < WRITTEN_WITHIN, `a write took ${slowest} ms`);
    }
  });
  await redis.kill();
  await redis.restart();
  await Promise.all(writing);
  await group.seenEverywhere('after the restart');
  await group.alive();
  group.end();
});

testNeeding(REDIS, 'faults - a subscriber that Redis cuts off as too slow misses nothing', async (test) => {
  const { redis, a, b } = await faultySite();
  const group = await WatchedGroup.on(a, b);
  const wire = createClient({ RESP: 2, password: CANARY, socket: { host: '127.0.0.1', port: redis.port } });
  await wire.connect();
  b.process.kill('SIGSTOP');
  try {
    // Node A reads this as fast as it comes; what it makes of such messages, other tests tell.
    const receivers = () => wire.publish('cluster:faults', 'x'.repeat(64 * 1024));
    await eventually('Redis to cut the stopped node off', async () => (await receivers()) === 1);
    test.isTrue((await group.write(a)) < WRITTEN_WITHIN);
    await group.seenBy(a, 'while the other node is stopped');
  } finally {
    b.process.kill('SIGCONT');
    wire.destroy();
  }
  await group.seenEverywhere('when the stopped node goes on');
  await group.alive();
  group.end();
});

/** Two nodes that know each other, the second behind a proxy. */
async function witnessAndVictim(cluster: ClusterConfig) {
  const redis = await RedisServer.start();
  const proxy = await FaultyProxy.start(redis.port);
  const [witness, victim] = await Promise.all(
    [redis, proxy].map(({ port }) => startNode({ cluster: { ...cluster, port } })),
  );
  if (!witness || !victim) throw new Error('two nodes were to be started');
  await connected([witness, victim]);
  const peers = async () => (await witness.call('status')).peers;
  await eventually('them to know each other', async () => (await peers()) === 1);
  return { redis, proxy, witness, victim, peers };
}

/** The database has acknowledged its last write; nothing of it has been announced. */
async function insertAndDie(victim: TestNode, group: WatchedGroup): Promise<void> {
  void victim.call('insertAndDie', group.item()).catch(() => {});
  await eventually('the node to die', () => victim.process.signalCode === 'SIGKILL');
}

testNeeding(
  REDIS,
  'faults - a node killed before it could announce its write: the others see it',
  async () => {
    const { redis, a, b } = await faultySite();
    const group = await WatchedGroup.on(a, b);
    const victim = await startNode({
      cluster: { port: redis.port, auth: CANARY, namespace: 'faults', ...TIMING },
    });
    await connected([victim]);
    // The others look at the database when it joins, which is not to find what it writes then.
    for (const node of [a, b]) {
      await eventually('the others to know it', async () => (await node.call('status')).peers === 2);
    }
    await pause(2 * TIMING.resyncJitter + 300);
    await insertAndDie(victim, group);
    const { heartbeatInterval, heartbeatTimeout, resyncJitter } = TIMING;
    await group.seenEverywhere(
      'after the death',
      heartbeatTimeout + heartbeatInterval + resyncJitter + SLACK,
    );
    await victim.stop();
    group.end();
  },
);

testNeeding(REDIS, 'faults - a node that writes and dies before it is back: the others see it', async () => {
  const { heartbeatTimeout } = CALM;
  const { redis, proxy, witness, victim } = await witnessAndVictim({ namespace: 'farewell', ...CALM });
  proxy.inject({ cut: true });
  await redis.kill();
  await pause(1.5 * heartbeatTimeout);
  const group = await WatchedGroup.on(witness);
  const { resyncs } = await witness.call('status');
  await redis.restart();
  await eventually('the witness to be back', async () => (await witness.call('status')).resyncs > resyncs);
  await insertAndDie(victim, group);
  await group.seenEverywhere('after the death', heartbeatTimeout + TIMING.heartbeatInterval + SLACK);
  group.end();
  await Promise.all([witness.stop(), victim.stop()]);
  redis.discard();
});

testNeeding(
  REDIS,
  'faults - a node that comes, writes and goes while another is cut off: it is seen',
  async () => {
    const { redis, a, b, proxyOfB } = await faultySite();
    const group = await WatchedGroup.on(a, b);
    proxyOfB.inject({ cut: true });
    const guest = await startNode({
      cluster: { port: redis.port, auth: CANARY, namespace: 'faults', ...TIMING },
    });
    await connected([guest]);
    await group.write(guest);
    await group.seenBy(a, 'while the other node is cut off');
    await guest.call('close');
    await eventually('the guest to be gone', async () => (await a.call('status')).peers === 0);
    await guest.stop();
    proxyOfB.heal();
    await group.seenEverywhere('when the node is back');
    await group.alive();
    group.end();
  },
);

testNeeding(REDIS, 'faults - a node cut off for good that writes and dies: the others find it', async () => {
  const cluster = { namespace: 'last-words', ...TIMING, pollingInterval: 1000 };
  const { redis, proxy, witness, victim, peers } = await witnessAndVictim(cluster);
  proxy.inject({ cut: true });
  await eventually('the victim to be forgotten', async () => (await peers()) === 0);
  const group = await WatchedGroup.on(witness);
  await insertAndDie(victim, group);
  await group.seenEverywhere('at its next look at the database');
  group.end();
  await Promise.all([witness.stop(), victim.stop()]);
  redis.discard();
});

testNeeding(REDIS, 'faults - a client that nobody answers is replaced', async () => {
  const redis = await RedisServer.start();
  const proxy = await FaultyProxy.start(redis.port);
  proxy.inject({ swallow: true });
  const node = await startNode({
    // Ten time-outs are waited for before a client that is still trying is given up.
    cluster: { namespace: 'stuck', heartbeatInterval: 100, heartbeatTimeout: 300 },
    clients: { kind: 'single', ports: [proxy.port] },
  });
  const group = await WatchedGroup.on(node);
  proxy.heal();
  await connected([node]);
  await group.alive();
  group.end();
  await node.stop();
  redis.discard();
});

/** What becomes of the announcements that node B is sent; heartbeats go on. */
const MISHAPS: [name: string, announcements: number, mishap: () => (frame: Buffer) => readonly Buffer[]][] = [
  ['lost', 1, () => () => []],
  ['doubled', 1, () => (frame) => [frame, frame]],
  [
    'overtaken by the next',
    2,
    () => {
      let held: Buffer | undefined;
      return (frame) => {
        const before = held;
        held = frame;
        return before ? [frame, before] : [];
      };
    },
  ],
];

for (const [name, announcements, mishap] of MISHAPS) {
  testNeeding(REDIS, `faults - an announcement ${name}: it is seen all the same`, async (test) => {
    const { a, b, proxyOfB } = await faultySite();
    const group = await WatchedGroup.on(a, b);
    const treat = mishap();
    let treated = 0;
    proxyOfB.inject({
      message: (frame) => {
        if (!isAnnouncement(frame) || treated === announcements) return [frame];
        treated += 1;
        return treat(frame);
      },
    });
    for (let n = 0; n < announcements; n += 1) await a.call('insert', group.item());
    // The next heartbeat tells of a loss.
    await group.seenEverywhere('soon', TIMING.heartbeatInterval + TIMING.resyncJitter + SLACK);
    test.equal(treated, announcements);
    proxyOfB.heal();
    await group.alive();
    group.end();
  });
}

function isAnnouncement(frame: Buffer): boolean {
  return frame.includes('"collection":"items"');
}

testNeeding(
  REDIS,
  'faults - started without Redis, a node serves, and says once each how it is',
  async (test) => {
    const port = await freePort();
    const node = await startNode({ cluster: { port, namespace: 'late', ...TIMING } });
    const group = await WatchedGroup.on(node);
    await group.write(node);
    await group.seenEverywhere('without Redis');
    await eventually('some attempts', async () => occurrences(node, /no connection/g) > 0);
    await pause(3 * TIMING.heartbeatTimeout);
    test.equal(occurrences(node, /Cluster: /g), 1, node.log());
    const redis = await RedisServer.start({ port });
    await connected([node]);
    await eventually('the good news', () => /again connected/.test(node.log()));
    test.equal(occurrences(node, /Cluster: /g), 2, node.log());
    await node.stop();
    redis.discard();
    group.end();
  },
);

interface Refusal {
  what: string;
  /** The rule of the user, and what mends it while the node runs. */
  acl: string;
  mend: string;
  says: RegExp;
  goodNews?: RegExp;
}

const ADVICE =
  'the ACL user needs "resetchannels &cluster:refused \\+publish \\+subscribe \\+ping" and no keys';
const REFUSALS: Refusal[] = [
  {
    what: 'password',
    acl: `>another-${CANARY} ~* &* +@all`,
    mend: `>${CANARY}`,
    says: /no connection .*WRONGPASS.*: check the user name and the password/,
    goodNews: /again connected/,
  },
  {
    what: 'channel',
    acl: `>${CANARY} resetchannels +publish +subscribe +ping`,
    mend: '&cluster:refused',
    says: new RegExp(`no connection .*NOPERM.*: ${ADVICE}`),
    goodNews: /again connected/,
  },
  {
    what: 'subscribe',
    acl: `>${CANARY} resetchannels &cluster:refused +publish +ping`,
    mend: '+subscribe',
    says: new RegExp(`no connection .*NOPERM.*: ${ADVICE}`),
    goodNews: /again connected/,
  },
  {
    what: 'publish',
    acl: `>${CANARY} resetchannels &cluster:refused +subscribe +ping`,
    mend: '+publish',
    says: new RegExp(`takes no announcements .*NOPERM.*: ${ADVICE}`),
    goodNews: /takes announcements again/,
  },
  {
    // Needed to tell a connection on which nothing is said from a dead one; until it dies, all goes well without.
    what: 'ping',
    acl: `>${CANARY} resetchannels &cluster:refused +publish +subscribe`,
    mend: '+ping',
    says: new RegExp(`trouble with the connection .*NOPERM.*: ${ADVICE}`),
  },
];

testNeeding(
  REDIS,
  'faults - what Redis refuses is reported once with what to do, and told when it is mended',
  async (test) => {
    const redis = await RedisServer.start({
      config: REFUSALS.map(({ what, acl }) => `user no-${what} on ${acl}`),
    });
    const cluster = { port: redis.port, namespace: 'refused', ...CALM };
    const [other, ...nodes] = await Promise.all([
      startNode({ cluster }),
      ...REFUSALS.map(({ what }) =>
        startNode({ cluster: { ...cluster, username: `no-${what}`, auth: CANARY } }),
      ),
    ]);
    if (!other) throw new Error('there was to be another node');
    await connected([other]);
    await Promise.all(
      REFUSALS.map(async ({ what, mend, says, goodNews }, n) => {
        const node = nodes[n];
        if (!node) throw new Error('there was to be a node');
        const group = await WatchedGroup.on(node);
        const seen = await other.client('group', group.name);
        const news = () => node.log().match(/^Cluster: (?!connected).*$/gm) ?? [];
        await eventually(`the report of ${what}`, () => news().length > 0);
        await pause(2 * CALM.heartbeatTimeout);
        test.isTrue((await group.write(node)) < WRITTEN_WITHIN);
        test.equal(news().length, 1, node.log());
        test.matches(String(news()[0]), says);
        await redis.command('ACL', 'SETUSER', `no-${what}`, mend);
        await eventually(`the other node to be told by the one with ${what}`, async () => {
          return JSON.stringify(await seen.items()) === JSON.stringify(await stored(group.name));
        });
        if (goodNews) await eventually(`the news of ${what}`, () => goodNews.test(news()[1] ?? ''));
        seen.disconnect();
        group.end();
      }),
    );
    await Promise.all([other, ...nodes].map((node) => node.stop()));
    redis.discard();
  },
);

testNeeding(REDIS, 'faults - 100,000 writes while Redis is away take 16 MB at most', async (test) => {
  const names = Array.from({ length: 50 }, (_, n) => `synced${n}`);
  const redis = await RedisServer.start();
  const proxy = await FaultyProxy.start(redis.port);
  const cluster = { port: proxy.port, namespace: 'outage', ...TIMING };
  const node = await startNode({ cluster, sync: names });
  await connected([node]);
  for (const fault of [{ cut: true }, BLACK_HOLE]) {
    proxy.inject(fault);
    // Just below the number of ids from which on only the collection is remembered, and far above it.
    for (const count of [1000, 2000]) {
      const grown = await node.call('touchMany', names, count);
      test.isTrue(
        grown < 16 * 1024 * 1024,
        `${count} ids of ${names.length} collections took ${grown} bytes`,
      );
    }
    proxy.heal();
    await eventually('every collection to be announced', async () => {
      const { connected, published } = await node.call('status');
      return connected && published >= names.length;
    });
  }
  await node.stop();
  redis.discard();
});

testNeeding(REDIS, 'faults - no node has logged a password', async (test) => {
  const { a } = await faultySite();
  test.matches(a.log(), /connected to redis:/);
  test.notMatches(everythingLogged(), new RegExp(CANARY));
});

function occurrences(node: TestNode, pattern: RegExp): number {
  return node.log().match(pattern)?.length ?? 0;
}
