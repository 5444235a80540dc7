/** The leave message of a process that may end or go on, with the order of all events forced. */

import { Tinytest } from 'meteor/tinytest';
import { WritesInProgress } from '../../../src/publishing/writes-in-progress';
import { LeaveNotice } from '../../../src/session/leave-notice';
import { TestClock } from '../../support/test-clock';

const HEARTBEAT_TIMEOUT_MS = 7000;
/** Half of it. */
const WINDOW_MS = 3500;
const PAUSE_MS = 100;

/** A publisher that notes what is published, and has a change pending until the test says otherwise. */
class Stage {
  readonly clock = new TestClock();
  readonly writes = new WritesInProgress();
  readonly published: string[] = [];
  stays = 0;
  isReady = true;
  isRefused = false;
  hasPending = false;
  hasLeft = false;
  accept = () => {};
  readonly notice = new LeaveNotice({
    clock: this.clock,
    writes: this.writes,
    channel: this,
    publisher: this,
    options: { heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS },
  });

  give(): void {
    this.notice.give(() => {
      this.stays += 1;
    });
  }

  /** Writes as the session does. @returns ends the write */
  beginWrite(): () => void {
    const end = this.writes.begin();
    this.notice.onActivity();
    return end;
  }

  flush(): Promise<void> {
    if (!this.hasPending) return Promise.resolve();
    return new Promise((resolve) => {
      this.accept = () => {
        this.hasPending = false;
        resolve();
      };
    });
  }

  async leave(): Promise<void> {
    this.hasLeft = true;
    this.published.push('leave');
    if (this.isRefused) throw new Error('refused');
  }

  async return(): Promise<void> {
    this.hasLeft = false;
    this.published.push('return');
  }
}

Tinytest.add(
  'leave notice - where nothing is in progress, it is published in the turn of the signal',
  (test) => {
    const stage = new Stage();
    stage.give();
    test.equal(stage.published, ['leave']);
  },
);

Tinytest.addAsync('leave notice - it waits for writes in progress, and for Redis', async (test) => {
  const stage = new Stage();
  const end = stage.beginWrite();
  stage.give();
  await stage.clock.advance(1000);
  stage.hasPending = true;
  end();
  await stage.clock.advance(1000);
  test.equal(stage.published, []);
  stage.accept();
  await stage.clock.advance(0);
  test.equal(stage.published, ['leave']);
});

Tinytest.addAsync(
  'leave notice - a write takes it back when it begins, and another one follows',
  async (test) => {
    const stage = new Stage();
    stage.give();
    await stage.clock.advance(0);
    const end = stage.beginWrite();
    test.equal(stage.published, ['leave', 'return']);
    await stage.clock.advance(2 * PAUSE_MS);
    test.equal(stage.published, ['leave', 'return']);
    end();
    await stage.clock.advance(PAUSE_MS);
    test.equal(stage.published, ['leave', 'return', 'leave']);
  },
);

Tinytest.addAsync('leave notice - of many writes one after another, not each has a message', async (test) => {
  const stage = new Stage();
  stage.give();
  for (let n = 0; n < 50; n += 1) {
    stage.beginWrite()();
    await stage.clock.advance(PAUSE_MS / 10);
  }
  const leaves = stage.published.filter((kind) => kind === 'leave').length;
  test.isTrue(leaves >= 2 && leaves <= 7, stage.published.join());
});

Tinytest.addAsync('leave notice - a process that goes on takes it back, once', async (test) => {
  const stage = new Stage();
  stage.give();
  await stage.clock.advance(WINDOW_MS - 1);
  test.equal([stage.published, stage.stays], [['leave'], 0]);
  await stage.clock.advance(1);
  test.equal([stage.published, stage.stays], [['leave', 'return'], 1]);
  stage.beginWrite()();
  await stage.clock.advance(2 * WINDOW_MS);
  test.equal([stage.published, stage.stays], [['leave', 'return'], 1]);
});

Tinytest.addAsync('leave notice - one that Redis refuses is taken back as well', async (test) => {
  const stage = new Stage();
  stage.isRefused = true;
  stage.give();
  await stage.clock.advance(WINDOW_MS);
  test.equal([stage.published, stage.stays], [['leave', 'return'], 1]);
});

Tinytest.addAsync('leave notice - without a connection there is none', async (test) => {
  const stage = new Stage();
  stage.isReady = false;
  stage.give();
  await stage.clock.advance(WINDOW_MS);
  test.equal([stage.published, stage.stays], [[], 1]);
});

Tinytest.addAsync('leave notice - it ends when the session leaves', async (test) => {
  const stage = new Stage();
  stage.give();
  stage.beginWrite()();
  stage.notice.stop();
  await stage.clock.advance(2 * WINDOW_MS);
  test.equal([stage.published, stage.stays], [['leave', 'return'], 0]);
});
