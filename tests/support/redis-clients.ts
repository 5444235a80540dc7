/**
 * Redis clients that an application creates itself, as the README shows: for Sentinel and for Redis Cluster.
 *
 * Used by `node-app.ts`, in the processes of the nodes.
 */

import type { CreateClient } from 'meteor/cluster';
import { createClient, createCluster, createSentinel } from 'redis';

export interface RedisClients {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** Where Redis, a Sentinel or a node of the Redis Cluster listens on 127.0.0.1. */
  readonly ports: readonly number[];
  readonly password?: string;
}

export function createClients({ kind, ports, password }: RedisClients): CreateClient {
  const nodes = ports.map((port) => ({ host: '127.0.0.1', port }));
  const options = { disableOfflineQueue: true, ...(password && { password }) };
  switch (kind) {
    case 'single':
      return () => createClient({ ...options, RESP: 2, socket: { host: '127.0.0.1', port: ports[0] ?? 0 } });
    case 'sentinel':
      return () =>
        createSentinel({ name: 'main', sentinelRootNodes: nodes, nodeClientOptions: options, RESP: 2 });
    case 'cluster':
      return () =>
        createCluster({ rootNodes: nodes.map((socket) => ({ socket })), defaults: options, RESP: 2 });
  }
}
