/**
 * The shape of `Cluster.healthy()`, and what makes a node healthy. Called by `cluster.ts`. No imports.
 *
 * A node without Redis serves its users. Redis is away from all nodes at once, as a rule: a load balancer that took them all out
 * would turn late updates into an outage. So a disconnected node is healthy, once it has started.
 */

/**
 * `stopped`: before `init()` and after `close()`; `starting`: from `init()` until the node is connected, or
 * `startupTimeout` is over; then `connected` or `disconnected`, as `status().connected`.
 */
export type HealthState = 'stopped' | 'starting' | 'connected' | 'disconnected';

export interface ClusterHealth {
  /** Whether a load balancer should send users to this node: it is neither stopped nor starting. */
  healthy: boolean;
  state: HealthState;
}

/** @param session of now; `undefined`: there is none */
export function healthOf(
  session: { readonly isStarting: boolean; readonly status: { readonly connected: boolean } } | undefined,
): ClusterHealth {
  if (!session) return { healthy: false, state: 'stopped' };
  if (session.status.connected) return { healthy: true, state: 'connected' };
  if (session.isStarting) return { healthy: false, state: 'starting' };
  return { healthy: true, state: 'disconnected' };
}
