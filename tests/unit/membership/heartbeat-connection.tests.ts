/** The heartbeat's reactions to silence: of Redis, of its answers, and of peers. */

import { Tinytest } from 'meteor/tinytest';
import { Heartbeat } from '../../../src/membership/heartbeat';
import { Peers } from '../../../src/membership/peers';
import { ReceivedUntil } from '../../../src/membership/received-until';
import { Log } from '../../../src/observability/log';
import type { Test } from '../../support/scope';
import { TestClock } from '../../support/test-clock';

const INTERVAL_MS = 10;
const TIMEOUT_MS = 100;
/** From a heartbeat to its echo. */
const ROUND_TRIP_MS = 3;

type Answer = Awaited<ReturnType<ConstructorParameters<typeof Heartbeat>[0]['publisher']['heartbeat']>>;

/** A heartbeat whose echoes and answers the test decides about, and real peers. */
class Stage {
  readonly clock = new TestClock();
  readonly channel = {
    isReady: true,
    hasGivenUp: false,
    reopenedAt: [] as number[],
    reopen: () => this.reopen(),
  };
  readonly publisher = {
    hasLeft: false,
    isUnanswered: false,
    restarts: 0,
    lastHeartbeat: 0,
    restart: () => this.restartPublisher(),
    heartbeat: (interval: number) => this.publish(interval),
  };
  readonly events: string[] = [];
  readonly peers = new Peers((event, node) => void this.events.push(`${event} ${node}`));
  readonly received = new ReceivedUntil();
  readonly lines: string[] = [];
  readonly intervals: number[] = [];
  readonly roundTrips: number[] = [];
  answer: Answer = 'accepted';
  hasEchoes = true;
  /** When the last echo arrived, or before the first could. */
  echoedAt = this.clock.now();
  readonly heartbeat: Heartbeat;

  /** @param scale how many times slower than others it is */
  constructor(scale = 1) {
    const keep = (line: string) => void this.lines.push(line);
    this.heartbeat = new Heartbeat({
      channel: this.channel,
      publisher: this.publisher,
      peers: this.peers,
      received: this.received,
      options: { heartbeatIntervalMs: scale * INTERVAL_MS, heartbeatTimeoutMs: scale * TIMEOUT_MS },
      synced: new Set(['items']),
      log: new Log({ debug() {}, info: keep, warn: keep, error: keep }),
      clock: this.clock,
      onHeartbeat: () => {},
      onReplaced: () => this.events.push('replaced'),
      onExpire: (collections: readonly string[]) => {
        for (const each of collections) this.events.push(`resync ${each}`);
      },
      onRoundTrip: (ms: number) => this.roundTrips.push(ms),
    } as unknown as ConstructorParameters<typeof Heartbeat>[0]);
  }

  /** Waits for so many further heartbeats. */
  async heartbeats(count: number): Promise<void> {
    const until = this.intervals.length + count;
    await this.clock.until(`${count} heartbeats`, () => this.intervals.length >= until);
  }

  /** A heartbeat of a peer. */
  meet(node: string, heartbeat = 1): void {
    this.peers.receiveCounts({ node, heartbeat, counts: new Map(), at: this.clock.now(), isComplete: false });
  }

  private echo(heartbeat: number): void {
    this.echoedAt = this.clock.now();
    this.heartbeat.receiveEcho(heartbeat);
  }

  private restartPublisher(): void {
    this.publisher.restarts += 1;
  }

  private reopen(): void {
    this.channel.reopenedAt.push(this.clock.now());
  }

  private async publish(interval: number): Promise<Answer> {
    this.publisher.lastHeartbeat += 1;
    this.intervals.push(interval);
    const heartbeat = this.publisher.lastHeartbeat;
    if (this.hasEchoes && this.answer === 'accepted')
      this.clock.after(ROUND_TRIP_MS, () => this.echo(heartbeat));
    return this.answer;
  }
}

function heartbeatTest(outcome: string, run: (stage: Stage, test: Test) => Promise<void>): void {
  Tinytest.addAsync(`heartbeat - ${outcome}`, async (test) => {
    const stage = new Stage();
    try {
      stage.heartbeat.start();
      await run(stage, test);
    } finally {
      stage.heartbeat.stop();
    }
  });
}

heartbeatTest(
  'while echoes arrive the connection stays, and round trips are measured',
  async (stage, test) => {
    const startedAt = stage.clock.now();
    await stage.clock.advance(3 * TIMEOUT_MS);
    await stage.heartbeats(1);
    test.equal([stage.channel.reopenedAt.length, stage.events, stage.lines], [0, [], []]);
    test.equal(stage.intervals[0], INTERVAL_MS);
    test.equal(stage.roundTrips, new Array(3 * (TIMEOUT_MS / INTERVAL_MS)).fill(ROUND_TRIP_MS));
    test.isTrue(stage.received.time >= startedAt, 'what was accepted before a heartbeat has been received');
  },
);

heartbeatTest('a connection without echoes is replaced after the time-out', async (stage, test) => {
  await stage.heartbeats(1);
  stage.hasEchoes = false;
  await stage.clock.until('another connection', () => stage.channel.reopenedAt.length > 0);
  test.isTrue((stage.channel.reopenedAt[0] ?? 0) - stage.echoedAt >= TIMEOUT_MS);
  test.equal([stage.events, stage.publisher.restarts], [['replaced'], 1]);
  test.matches(
    String(stage.lines),
    /^Cluster: nothing received from Redis for \d+ ms; opening a new connection$/,
  );
});

heartbeatTest('a replaced connection has the whole time-out to bring an echo', async (stage, test) => {
  stage.hasEchoes = false;
  await stage.clock.until('a third connection', () => stage.channel.reopenedAt.length === 2);
  const [first = 0, second = 0] = stage.channel.reopenedAt;
  test.isTrue(second - first >= TIMEOUT_MS);
});

heartbeatTest('a client that reconnects by itself is left ten times the time-out', async (stage, test) => {
  stage.channel.isReady = false;
  await stage.clock.until('another connection', () => stage.channel.reopenedAt.length > 0);
  test.isTrue((stage.channel.reopenedAt[0] ?? 0) - stage.echoedAt >= 10 * TIMEOUT_MS);
  test.equal(stage.intervals, [], 'nothing is published without a connection');
});

heartbeatTest('a client that has given up is replaced after the time-out', async (stage, test) => {
  Object.assign(stage.channel, { isReady: false, hasGivenUp: true });
  await stage.clock.until('another connection', () => stage.channel.reopenedAt.length > 0);
  test.isTrue((stage.channel.reopenedAt[0] ?? 0) - stage.echoedAt >= TIMEOUT_MS);
  test.equal(stage.events, ['replaced']);
});

heartbeatTest('a connection that loses answers is replaced, once in ten time-outs', async (stage, test) => {
  stage.publisher.isUnanswered = true;
  await stage.clock.until('another connection', () => stage.channel.reopenedAt.length === 1);
  test.matches(
    String(stage.lines),
    /^Cluster: Redis does not answer, although messages come back; opening a new/,
  );
  await stage.clock.until('a third connection', () => stage.channel.reopenedAt.length === 2);
  const [first = 0, second = 0] = stage.channel.reopenedAt;
  test.isTrue(second - first >= 10 * TIMEOUT_MS);
});

heartbeatTest('a user who may not publish keeps the connection', async (stage, test) => {
  stage.answer = 'forbidden';
  await stage.clock.advance(3 * TIMEOUT_MS);
  await stage.heartbeats(1);
  test.equal([stage.channel.reopenedAt.length, stage.roundTrips], [0, []]);
});

heartbeatTest('heartbeats that Redis refuses have no echo to measure', async (stage, test) => {
  stage.answer = 'failed';
  await stage.heartbeats(1);
  await stage.clock.settle();
  stage.heartbeat.receiveEcho();
  test.equal(stage.roundTrips, []);
});

heartbeatTest(
  'a peer that goes silent expires, and what it may have written is resynced',
  async (stage, test) => {
    stage.meet('a');
    const silentSince = stage.clock.now();
    await stage.clock.until('the end of the peer', () => stage.peers.count === 0);
    test.isTrue(stage.clock.now() - silentSince >= TIMEOUT_MS - 1);
    test.equal(stage.events, ['peerJoin a', 'peerExpire a', 'resync items']);
    test.equal(stage.channel.reopenedAt.length, 0);
  },
);

heartbeatTest('without echoes no peer expires', async (stage, test) => {
  stage.channel.isReady = false;
  stage.meet('a');
  await stage.clock.advance(5 * TIMEOUT_MS);
  test.equal(stage.events, ['peerJoin a']);
});

heartbeatTest('a stall of this process is no silence of Redis, nor of peers', async (stage, test) => {
  await stage.heartbeats(2);
  stage.heartbeat.stop();
  // Echoes of before arrive, and no heartbeat is under way.
  await stage.clock.advance(ROUND_TRIP_MS);
  stage.heartbeat.start();
  stage.meet('a');
  // Messages that have arrived meanwhile are read after the timers that are due.
  void stage.clock.nextTurn().then(() => stage.meet('a', 2));
  stage.clock.stall(3 * TIMEOUT_MS);
  await stage.heartbeats(2);
  test.equal([stage.channel.reopenedAt.length, stage.events], [0, ['peerJoin a']]);
});

heartbeatTest('a node that has left publishes no heartbeat', async (stage, test) => {
  stage.publisher.hasLeft = true;
  await stage.clock.advance(5 * INTERVAL_MS);
  test.equal(stage.intervals, []);
});

heartbeatTest('with many peers the interval grows, and heartbeats carry it', async (stage, test) => {
  for (let n = 0; n < 256; n += 1) stage.meet(`${n}`);
  stage.heartbeat.stop();
  stage.heartbeat.start();
  await stage.heartbeats(2);
  test.equal(stage.intervals.at(-1), 2 * INTERVAL_MS);
});

heartbeatTest(
  'a new connection starts the time-outs of peers again, with a heartbeat at once',
  async (stage, test) => {
    stage.channel.isReady = false;
    stage.meet('a');
    await stage.clock.advance(2 * TIMEOUT_MS);
    stage.channel.isReady = true;
    const before = stage.intervals.length;
    stage.heartbeat.restart();
    test.equal(stage.intervals.length, before + 1);
    await stage.heartbeats(3);
    test.equal(stage.events, ['peerJoin a']);
  },
);

heartbeatTest('after a stop nothing is published or expired', async (stage, test) => {
  stage.meet('a');
  await stage.heartbeats(1);
  stage.heartbeat.stop();
  const { length } = stage.intervals;
  await stage.clock.advance(2 * TIMEOUT_MS);
  test.equal([stage.intervals.length, stage.events], [length, ['peerJoin a']]);
});
