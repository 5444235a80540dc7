/** How a node leaves while its application writes, with the order of all events forced, and what a peer makes of it. */

import { Tinytest } from 'meteor/tinytest';
import { OutdatedNodes } from '../../../src/membership/outdated-nodes';
import { Peers } from '../../../src/membership/peers';
import { Log } from '../../../src/observability/log';
import { Publisher } from '../../../src/publishing/publisher';
import { WritesInProgress } from '../../../src/publishing/writes-in-progress';
import { Receiver } from '../../../src/receiving/receiver';
import type { Channel } from '../../../src/redis/channel';
import { leave } from '../../../src/session/leave';
import { QUIET } from '../../../tools/quiet-logger';
import { TestClock } from '../../support/test-clock';

const SYNCED = new Set(['items']);

/** A message that Redis has delivered, and not answered yet. */
interface Unanswered {
  readonly kind: string;
  accept(): void;
  refuse(): void;
}

/** A node that leaves, a Redis that answers when the test says so, and a peer. */
class Stage {
  readonly clock = new TestClock();
  readonly writes = new WritesInProgress();
  readonly events: string[] = [];
  readonly peers = new Peers((event) => this.events.push(event));
  isReady = true;
  /** Answers by itself. */
  isPrompt = false;
  hasEnded = false;
  readonly unanswered: Unanswered[] = [];
  readonly kinds: string[] = [];
  readonly #publisher: Publisher;

  constructor() {
    const log = new Log(QUIET);
    const receiver = new Receiver({
      nodeId: 'peer',
      synced: SYNCED,
      authenticator: undefined,
      peers: this.peers,
      log,
      clock: this.clock,
      outdated: new OutdatedNodes(),
      options: { heartbeatIntervalMs: 2000, heartbeatTimeoutMs: 7000 },
      onEcho: () => {},
      onGap: (collections) => this.events.push(...collections.map((each) => `gap ${each}`)),
      onChange: ({ ids }) => this.events.push(`change ${ids}`),
      onBroadcast: () => true,
    });
    const isReady = () => this.isReady;
    const channel = {
      name: 'test',
      get isReady() {
        return isReady();
      },
      publish: (text: string) => {
        receiver.receive(text);
        const { kind } = JSON.parse(text) as { kind: string };
        this.kinds.push(kind);
        if (this.isPrompt) return Promise.resolve();
        return new Promise<void>((resolve, reject) => {
          this.unanswered.push({ kind, accept: resolve, refuse: () => reject(new Error('refused')) });
        });
      },
    };
    this.#publisher = new Publisher(channel as unknown as Channel, {
      nodeId: 'node',
      database: 'shop',
      synced: SYNCED,
      authenticator: undefined,
      log,
      clock: this.clock,
      nextNamedPeers: () => undefined,
      onAccepted: () => {},
    });
  }

  heartbeat(): Promise<unknown> {
    return this.#publisher.heartbeat(2000);
  }

  /** @returns ends the write */
  beginWrite(id: string): () => void {
    const end = this.writes.begin();
    return () => {
      this.#publisher.add({ database: 'shop', collection: 'items', ids: [id] });
      end();
    };
  }

  leave(): Promise<void> {
    return leave({
      clock: this.clock,
      writes: this.writes,
      publisher: this.#publisher,
      channel: this,
      end: () => {
        this.hasEnded = true;
        this.#publisher.close();
      },
    });
  }

  /** Lets time pass until the node has left. */
  async ended(leaving: Promise<void>): Promise<void> {
    await this.clock.until('the end', () => this.hasEnded);
    await leaving;
  }

  /** Waits until Redis has a message of a kind. */
  async delivered(kind: string): Promise<Unanswered> {
    const find = () => this.unanswered.findIndex((each) => each.kind === kind);
    await this.clock.until(`a message of kind ${kind}`, () => find() >= 0);
    return this.unanswered.splice(find(), 1)[0] as Unanswered;
  }
}

async function stageWithPeer(): Promise<Stage> {
  const stage = new Stage();
  stage.isPrompt = true;
  await stage.heartbeat();
  stage.isPrompt = false;
  return stage;
}

Tinytest.addAsync('leave - what is in progress is published before the leave message', async (test) => {
  const stage = await stageWithPeer();
  const endWrite = stage.beginWrite('a');
  const leaving = stage.leave();
  await stage.clock.advance(20);
  test.equal(stage.kinds, ['heartbeat']);
  endWrite();
  (await stage.delivered('change')).accept();
  (await stage.delivered('leave')).accept();
  await stage.ended(leaving);
  test.equal(stage.events, ['peerJoin', 'change a', 'peerLeave']);
});

Tinytest.addAsync(
  'leave - the node ends in the turn in which its leave message is accepted',
  async (test) => {
    const stage = await stageWithPeer();
    void stage.leave();
    const { accept } = await stage.delivered('leave');
    test.isFalse(stage.hasEnded);
    accept();
    const hasEnded = await new Promise((resolve) => setImmediate(() => resolve(stage.hasEnded)));
    test.equal(hasEnded, true);
  },
);

Tinytest.addAsync(
  'leave - a write that begins before that is published, and the peer returns',
  async (test) => {
    const stage = await stageWithPeer();
    const leaving = stage.leave();
    const { accept } = await stage.delivered('leave');
    const endWrite = stage.beginWrite('late');
    accept();
    await stage.clock.advance(20);
    // The process may end before the write does: the broken promise is taken back at once.
    test.equal([stage.hasEnded, stage.peers.count], [false, 1], 'it waits for the write, as a member');
    endWrite();
    const change = await stage.delivered('change');
    change.accept();
    (await stage.delivered('leave')).accept();
    await stage.ended(leaving);
    test.equal(stage.events, ['peerJoin', 'peerLeave', 'peerJoin', 'change late', 'peerLeave']);
  },
);

Tinytest.addAsync('leave - a write that begins and ends before that is published too', async (test) => {
  const stage = await stageWithPeer();
  const leaving = stage.leave();
  const { accept } = await stage.delivered('leave');
  stage.beginWrite('late')();
  accept();
  (await stage.delivered('change')).accept();
  test.isFalse(stage.hasEnded);
  (await stage.delivered('leave')).accept();
  await stage.ended(leaving);
  test.equal(stage.peers.count, 0);
  test.isTrue(stage.events.includes('change late'));
});

Tinytest.addAsync(
  'leave - a node that goes on writing ends as a member, so that its peers resync',
  async (test) => {
    const stage = await stageWithPeer();
    const leaving = stage.leave();
    const { accept } = await stage.delivered('leave');
    stage.isPrompt = true;
    stage.beginWrite('never answered');
    accept();
    await stage.ended(leaving);
    // At once, and again at the end, as the first may not have been accepted.
    test.equal(stage.kinds, ['heartbeat', 'leave', 'heartbeat', 'heartbeat']);
    test.equal(stage.peers.expire(Number.MAX_VALUE, 0, SYNCED), ['items']);
  },
);

Tinytest.addAsync('leave - writes without a pause end after the stated time', async (test) => {
  const stage = await stageWithPeer();
  stage.isPrompt = true;
  let end = stage.beginWrite('0');
  const writeAgain = () => {
    const next = stage.beginWrite('again');
    end();
    end = next;
    stage.clock.after(2, writeAgain);
  };
  writeAgain();
  const start = stage.clock.now();
  await stage.ended(stage.leave());
  const ms = stage.clock.now() - start;
  test.isTrue(ms >= 1000 && ms <= 1500, `after ${ms} ms`);
  test.equal(stage.peers.expire(Number.MAX_VALUE, 0, SYNCED), ['items']);
});

Tinytest.addAsync('leave - without a connection the node ends in the call', async (test) => {
  const stage = await stageWithPeer();
  stage.isReady = false;
  stage.beginWrite('a');
  const leaving = stage.leave();
  test.isTrue(stage.hasEnded);
  await leaving;
  test.equal(stage.kinds, ['heartbeat']);
});

Tinytest.addAsync('leave - a leave message without an answer, or refused, ends the node', async (test) => {
  for (const answer of ['none', 'refused'] as const) {
    const stage = await stageWithPeer();
    const leaving = stage.leave();
    const { refuse } = await stage.delivered('leave');
    if (answer === 'refused') refuse();
    await stage.ended(leaving);
    test.equal(stage.kinds, ['heartbeat', 'leave'], answer);
  }
});

Tinytest.addAsync(
  'leave - with a refused leave message and a write, the node ends as a member',
  async (test) => {
    const stage = await stageWithPeer();
    const leaving = stage.leave();
    const { refuse } = await stage.delivered('leave');
    stage.isPrompt = true;
    stage.beginWrite('a');
    refuse();
    await stage.ended(leaving);
    test.equal(stage.kinds, ['heartbeat', 'leave', 'heartbeat']);
    test.equal(stage.peers.count, 1);
  },
);
