/** The configuration of a node of the tests, and the documents it serves. Types only. */

import type { ClusterConfig } from 'meteor/cluster';
import type { RedisClients } from './redis-clients';

/** Passed to a node by the process that starts it, as JSON in the variable `CLUSTER_TEST_NODE`. */
export interface NodeConfig {
  readonly cluster: NodeCluster;
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
  readonly onSignal:
    | 'exit at once'
    | 'exit with 7'
    | 'write and exit with 7'
    | 'stay'
    | 'close and exit with 7'
    | 'signal-exit';
  /** By how much its clock is ahead, in ms. */
  readonly clockAheadMs: number;
  /** Cuts timers that are longer than this, in ms: for what a test has no time to wait for. */
  readonly longestTimer: number;
}

/** Options in which a test replaces one form of the address by another. Cluster checks them when the node starts. */
export type NodeCluster = { readonly [Name in keyof ClusterConfig]: ClusterConfig[Name] };

/** Options without an address, which the test adds. */
export type ConfigWithoutAddress = Omit<
  ClusterConfig,
  'url' | 'host' | 'port' | 'username' | 'password' | 'auth' | 'tls' | 'db' | 'createClient' | 'sharded'
>;

/** A document of the tests: `group` separates tests, `n` is written and sorted by, `kind` and `tick` are queried by. */
export interface Item {
  _id: string;
  group: string;
  n: number;
  kind?: string;
  tick?: number;
}

export type Selector = string | Record<string, unknown>;
