/** The configuration of a node of the tests, and the documents it serves. Types only. */

import type { ClusterConfig } from 'meteor/cluster';
import type { RedisClients } from './redis-clients';

/** Passed to a node by the process that starts it, as JSON in the variable `CLUSTER_TEST_NODE`. */
export interface NodeConfig {
  readonly cluster: ClusterConfig;
  /** Names of the collections to sync. @default items */
  readonly sync: readonly string[];
  /** Syncs so many more collections, which are not opened. */
  readonly syncMore: number;
  /** Leaves it to settings and variables to start Cluster. */
  readonly isWithoutCode: boolean;
  /** Makes Cluster use clients that the application creates. */
  readonly clients: RedisClients;
  /** The work of the process before it exits, in place of serving. */
  readonly script: { readonly run: 'touch' | 'write and flush'; readonly item: Item };
  /** The application's own reaction to SIGTERM and SIGINT: see `signal-listeners.ts`. */
  readonly onSignal: 'exit with 7' | 'close and exit with 7' | 'signal-exit';
  /** By how much its clock is ahead, in ms. */
  readonly clockAheadMs: number;
  /** Cuts timers that are longer than this, in ms: for what a test has no time to wait for. */
  readonly longestTimer: number;
}

/** A document of the tests: `group` separates tests, `n` is written and sorted by, `kind` and `tick` are queried by. */
export interface Item {
  _id: string;
  group: string;
  n: number;
  kind?: string;
  tick?: number;
}

export type Selector = string | Record<string, unknown>;
