/**
 * The session of a node that is alone (`CLUSTER_URL=none`): updates the node's live queries after its own writes. There is
 * nothing to connect to and nothing to publish.
 *
 * Created by `create-session.ts`.
 */

import type { Change } from '../changes/change';
import { pollingPolicy } from '../config/polling';
import { ConnectionWatch } from '../membership/connectivity';
import { type ClusterMetrics, NO_DROPS } from '../observability/metrics';
import { NO_SESSION, type SessionStatus } from '../observability/status';
import type { Strategy } from '../strategies/strategy';
import { type EndSessionWrite, type Session, type SessionContext, withKnowledge } from './session';

export class SingleNodeSession implements Session {
  readonly #context: SessionContext;
  readonly #watch: ConnectionWatch;
  readonly isStarting = false;

  constructor(context: SessionContext) {
    this.#context = context;
    this.#watch = new ConnectionWatch(context.emit);
  }

  get strategy(): Strategy {
    return this.#context.strategy;
  }

  get status(): SessionStatus {
    return { ...NO_SESSION, connected: true, strategy: this.#context.strategyName };
  }

  get metrics(): ClusterMetrics {
    const { metrics, strategy } = this.#context;
    return metrics.snapshot({ status: this.status, dropped: NO_DROPS, pending: 0, ...strategy.gauges });
  }

  open(): void {
    const { options, strategy, strategyName, log } = this.#context;
    strategy.setPolling(pollingPolicy(options.pollingIntervalMs, true));
    log.info(`this node is alone, as its address of Redis is "none"; strategy "${strategyName}"`);
  }

  async waitUntilReady(): Promise<boolean> {
    this.#watch.update(undefined);
    return true;
  }

  /** There is no other program that could announce writes. */
  addCollection(): void {}

  beginWrite(): EndSessionWrite {
    const end = this.strategy.beginWrite();
    const { clock, hash } = this.#context;
    const context = { clock, hash, isHinted: true, since: clock.now() };
    return (change, knowledge = {}, document) =>
      end(change && withKnowledge(change, knowledge, context), document);
  }

  publish(change: Change): void {
    this.beginWrite()(change);
  }

  async flush(): Promise<void> {}

  /** There is no other node that could miss it. */
  async broadcast(): Promise<boolean> {
    return true;
  }

  /** There is no other node. */
  announceLeave(): void {}

  async close(onEnd: () => void): Promise<void> {
    this.stop();
    onEnd();
  }

  stop(): void {
    this.strategy.stop();
    this.#watch.update({ reason: 'close' });
  }
}
