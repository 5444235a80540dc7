/**
 * Rules of the session, each broken by a replacement in the source. The simulation has to find every one.
 *
 * Used by `break-rules.ts`, and by the tests for the rules that are found soonest.
 */

import type { BrokenRule } from './broken-rules';

/** A rule that `npm run simulate` finds. */
export interface SessionRule extends BrokenRule {
  /** Options of the command, beside seed and number of writes. */
  readonly options?: readonly string[];
  /** Whether `npm test` tries it too. */
  readonly isQuick?: boolean;
}

const PUBLISHER = 'publishing/publisher.ts';
const MESSAGES = 'publishing/own-messages.ts';
const ANNOUNCED = 'publishing/announced-counts.ts';
const PEERS = 'membership/peers.ts';
const PEER = 'membership/peer.ts';
const RECEIVER = 'receiving/receiver.ts';
const HEARTBEAT = 'membership/heartbeat.ts';
const RESYNC = 'receiving/resync.ts';
const LEAVE = 'session/leave.ts';
const SESSION = 'session/cluster-session.ts';

const LOST_MESSAGES = ['--faults', 'messages lost'];

export const SESSION_RULES: readonly SessionRule[] = [
  {
    name: 'a change is dropped while the channel is down',
    file: PUBLISHER,
    from: 'if (!this.#isOpen) return;\n    this.#pending',
    to: 'if (!this.#isOpen || !this.#channel.isReady) return;\n    this.#pending',
  },
  {
    name: 'pending changes wait for the next one after a connect',
    file: SESSION,
    from: 'publisher.start();',
    to: '',
  },
  {
    name: 'a refused change is not retried',
    file: PUBLISHER,
    from: 'this.#cancelRetry = this.#context.clock.after(RETRY_DELAY_MS, () => this.start());',
    to: '',
  },
  {
    name: 'own messages are handled as those of a peer',
    file: RECEIVER,
    from: 'if (message.node === this.#context.nodeId) this',
    to: "if (message.node === '') this",
  },
  {
    name: 'a gap is taken for the next change',
    file: PEERS,
    from: "return isNext ? 'next' : 'gap';",
    to: "return isNext ? 'next' : 'next';",
  },
  {
    name: 'a gap is not reported',
    file: RECEIVER,
    from: "if (receipt === 'gap') onGap([collection]);",
    to: '',
    options: LOST_MESSAGES,
    isQuick: true,
  },
  {
    name: 'the counts of heartbeats are not compared',
    file: RECEIVER,
    from: 'onGap(peers.receiveCounts(',
    to: 'void (peers.receiveCounts(',
  },
  {
    name: 'heartbeats carry no counts',
    file: MESSAGES,
    from: 'this.#announced.next(this.counts())',
    to: 'this.#announced.next(new Map())',
    options: LOST_MESSAGES,
    isQuick: true,
  },
  {
    name: 'only changed counts are announced',
    file: ANNOUNCED,
    from: 'if (chosen.size >= MAX_COUNTS) break;',
    to: 'if (chosen.size >= 0) break;',
  },
  {
    name: 'a leave message has no counts',
    file: MESSAGES,
    from: 'inPieces(this.#counts)',
    to: 'inPieces(new Map())',
    options: ['--faults', 'leaves while messages are lost'],
    isQuick: true,
  },
  {
    name: 'a node leaves during a write',
    file: LEAVE,
    from: 'writes.isEmpty && !publisher.hasPending',
    to: '!publisher.hasPending',
    options: ['--faults', 'during a write'],
  },
  {
    name: 'a write takes no leave message back',
    file: LEAVE,
    from: 'if (!isQuiet() && publisher.hasLeft) void publisher.return().catch(() => {});',
    to: '',
    options: ['--faults', 'node killed while it leaves'],
  },
  {
    name: 'an expired peer causes no resync',
    file: HEARTBEAT,
    from: 'onExpire(peers.expire(',
    to: 'void (peers.expire(',
  },
  {
    name: 'a connection that is ready causes no resync',
    file: SESSION,
    from: 'if (this.#hasBeenReady) resync.request(synced);',
    to: '',
    options: ['--faults', 'while another is away'],
    isQuick: true,
  },
  {
    name: 'a resync beyond the allowance is dropped',
    file: RESYNC,
    from: 'return -resyncs * intervalMs;',
    to: 'return 1e9;',
  },
  {
    name: 'the first count of a peer is no gap',
    file: PEER,
    from: 'noteMissing(known, known.last + 1, count + 1);\n    known.last = count;',
    to: 'const isFirst = known.last === 0;\n    known.last = count;\n    if (isFirst) continue;',
    options: ['--faults', 'leaves while messages are lost'],
  },
  {
    name: 'the first change of a peer is no gap',
    file: PEERS,
    from: 'const isNext = seq === known.last + 1;',
    to: 'const isNext = known.last === 0 || seq === known.last + 1;',
    options: ['--faults', 'leaves while messages are lost'],
  },
];
