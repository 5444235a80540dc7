/** A receiver with real peers, and texts as they could be on the channel. */

import type { Change } from '../../src/changes/change';
import { OutdatedNodes } from '../../src/membership/outdated-nodes';
import { Peers } from '../../src/membership/peers';
import type { ClusterEvents } from '../../src/observability/events';
import { Log } from '../../src/observability/log';
import { Authenticator, type Secrets } from '../../src/protocol/authenticator';
import { Receiver } from '../../src/receiving/receiver';

import { TestClock } from './test-clock';

/** The receivers' clock. Nothing here needs time to pass. */
export const clock = new TestClock();

export const NODE_ID = 'this node';

/** @param secret one or several, the first of which signs */
export function newReceiver(secret?: string | Secrets, onDrop?: (event: ClusterEvents['drop']) => void) {
  const secrets: Secrets | undefined = typeof secret === 'string' ? [secret] : secret;
  const peers = new Peers();
  const outdated = new OutdatedNodes();
  const changes: string[] = [];
  /** The same, whole. */
  const handled: Change[] = [];
  const gaps: string[] = [];
  const broadcasts: string[] = [];
  let echoes = 0;
  const receiver = new Receiver({
    clock,
    nodeId: NODE_ID,
    options: { heartbeatIntervalMs: 2000, heartbeatTimeoutMs: 7000 },
    synced: new Set(['items', 'users']),
    authenticator: secrets && new Authenticator(secrets, 'cluster:shop'),
    peers,
    outdated,
    log: new Log(),
    onEcho: () => {
      echoes += 1;
    },
    onGap: (collections) => gaps.push(...collections),
    onDrop,
    onChange: (received: Change) => {
      handled.push(received);
      changes.push(`${received.collection} ${received.ids}`);
    },
    onBroadcast: ({ topic, payload }) => {
      broadcasts.push(`${topic} ${payload}`);
      return payload !== 'not EJSON';
    },
  });
  return { receiver, peers, outdated, changes, handled, gaps, broadcasts, echoes: () => echoes };
}

/** Returns the text of a change of a peer. */
export const change = (fields: object) =>
  JSON.stringify({ v: 1, kind: 'change', node: 'p', seq: 1, collection: 'items', ids: ['a'], ...fields });
/** Returns the text of a heartbeat of a peer. */
export const counts = (fields: object) =>
  JSON.stringify({ v: 1, kind: 'heartbeat', node: 'p', heartbeat: 1, counts: [['items', 1]], ...fields });
