/**
 * What makes a node healthy. Called by `cluster.ts`. No imports.
 *
 * A node without Redis serves its users. Redis is away from all nodes at once, as a rule: a load balancer that took them all out
 * would turn late updates into an outage. So a disconnected node is healthy, once it has started: it was connected,
 * or `startupTimeout` is over.
 */

/** @param session of now; `undefined`: before `init()` and after `close()` */
export function isHealthy(
  session: { readonly isStarting: boolean; readonly status: { readonly connected: boolean } } | undefined,
): boolean {
  return session !== undefined && (session.status.connected || !session.isStarting);
}
