/** Until when a node knows that it has received everything: by the echoes of its own heartbeats, however late they are. */

import { Tinytest } from 'meteor/tinytest';
import { Heartbeat } from '../../../src/membership/heartbeat';
import { ReceivedUntil } from '../../../src/membership/received-until';
import { Log } from '../../../src/observability/log';
import { QUIET } from '../../../tools/quiet-logger';
import { TestClock } from '../../support/test-clock';

const OPTIONS = { heartbeatIntervalMs: 20, heartbeatTimeoutMs: 60_000 };

type Answer = 'accepted' | 'failed';

function stage(answer: (heartbeat: number) => Answer = () => 'accepted') {
  const clock = new TestClock();
  const published: number[] = [];
  const received = new ReceivedUntil();
  const publisher = {
    hasLeft: false,
    isUnanswered: false,
    restart() {},
    get lastHeartbeat() {
      return published.length;
    },
    async heartbeat() {
      published.push(clock.now());
      return answer(published.length);
    },
  };
  const heartbeat = new Heartbeat({
    clock,
    options: OPTIONS,
    publisher,
    received,
    synced: new Set(),
    log: new Log(QUIET),
    channel: { isReady: true, hasGivenUp: false, reopen() {} },
    peers: { count: 0, restartTimeouts() {}, expire: () => [] },
    onHeartbeat() {},
    onReplaced() {},
    onExpire() {},
    onRoundTrip() {},
  } as unknown as ConstructorParameters<typeof Heartbeat>[0]);
  heartbeat.start();
  const until = (count: number) => clock.until(`${count} heartbeats`, () => published.length >= count);
  return { heartbeat, received, published, until };
}

for (const [title, answer] of [
  ['more than an interval late', undefined],
  [
    'later than heartbeats that were not accepted',
    (heartbeat: number): Answer => (heartbeat === 1 ? 'accepted' : 'failed'),
  ],
] as const) {
  Tinytest.addAsync(`heartbeat - an echo that is ${title} confirms its own heartbeat only`, async (test) => {
    const { heartbeat, received, published, until } = stage(answer);
    try {
      await until(3);
      heartbeat.receiveEcho(1);
      test.isTrue(received.time <= (published[0] as number));
      await until(4);
      heartbeat.receiveEcho(2);
      test.isTrue(received.time <= (published[1] as number));
      heartbeat.receiveEcho(1);
      test.isTrue(received.time > (published[0] as number) - OPTIONS.heartbeatIntervalMs);
    } finally {
      heartbeat.stop();
    }
  });
}

Tinytest.addAsync('heartbeat - an echo of an earlier connection confirms nothing', async (test) => {
  const { heartbeat, received, until } = stage();
  try {
    await until(1);
    heartbeat.restart();
    heartbeat.receiveEcho(1);
    test.equal(received.time, Number.NEGATIVE_INFINITY);
  } finally {
    heartbeat.stop();
  }
});
