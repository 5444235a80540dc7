/**
 * The contract of what simulated nodes write and show. Types only.
 *
 * Implemented by `plain-application.ts`, for much work of the session, and by `fed-application.ts`, for live queries that are fed.
 */

import type { Hasher } from '../src/matching/hint';
import type { Log } from '../src/observability/log';
import type { Metrics } from '../src/observability/metrics';
import type { Session } from '../src/session/session';
import type { Strategy } from '../src/strategies/strategy';
import type { DatabaseServer } from './database-server';
import type { VirtualProcess } from './virtual-time';

/** A node that writes, as far as it matters who has written. */
export interface Writer {
  readonly startedAt: number;
  /** When it was killed. */
  readonly killedAt: number;
  /** When it was killed, or began to leave. */
  readonly endedAt: number;
  /** Its writes from this time on need not be seen by peers before they poll: it ended while isolated. */
  readonly leftToPollingFrom: number;
}

/** A write to a document. */
export interface Written {
  readonly committedAt: number;
  readonly writer: Writer;
}

/** A document that a node shows wrongly. */
export interface WrongView {
  readonly text: string;
  /** Whether the node may not have learned of a write before it polls. */
  readonly isLeftToPolling: boolean;
}

export interface ApplicationContext {
  readonly process: VirtualProcess;
  readonly writer: Writer;
  /** The number of the node's place. */
  readonly index: number;
  readonly databaseName: string;
  readonly collections: ReadonlySet<string>;
  readonly hash: Hasher;
  receivedUntil(): number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The application of one node. All but `strategy`, `requeries` and `check` runs in the process of the node. */
export interface Application {
  readonly strategy: Strategy;
  /** Live queries that ran again. */
  readonly requeries: number;
  /** Called when the session has been opened. */
  start(session: Session): void;
  /** Makes a random write. */
  write(collection: string): void;
  /** Opens or closes a live query, where there are such. */
  changeQueries(): void;
  /**
   * Compares what is shown with the database. Afterwards all is shown as it should be, as if the node had polled.
   *
   * @param isLeft whether this node may not have learned of a write
   */
  check(isLeft: (written: Written) => boolean): WrongView[];
}

export interface Workload {
  readonly database: DatabaseServer;
  createApplication(context: ApplicationContext): Application;
  /** Called when all nodes have been checked. */
  endRound(): void;
}
