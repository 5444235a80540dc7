/**
 * Rules that neither the simulation nor the theorem finds when they are taken out, each with the rule that covers it.
 *
 * Printed by `break-rules.ts`, which does not try them.
 */

import type { BrokenRule } from './broken-rules';

/** A rule that nothing finds, as another one covers it. */
export interface CoveredRule extends BrokenRule {
  readonly coveredBy: string;
}

const PUBLISHER = 'publishing/publisher.ts';
const PEERS = 'membership/peers.ts';
const HEARTBEAT = 'membership/heartbeat.ts';
const LEAVE = 'session/leave.ts';

/** Taken out alone, none of these is found: `coveredBy` has the reason. */
export const COVERED_RULES: readonly CoveredRule[] = [
  {
    name: 'a window takes the ends of a range of another type',
    file: 'matching/window.ts',
    from: 'own?.bracket !== window.bracket',
    to: '!own',
    coveredBy: 'a single value of a document that matches lies in the range, so it has its type',
  },
  {
    name: 'a failed publish is dropped',
    file: PUBLISHER,
    from: 'if (this.#isOpen) this.#pending.add(change);\n      throw',
    to: 'throw',
    coveredBy: 'its number is taken, so the counts of the next heartbeat show a gap',
  },
  {
    name: 'an echo does not acknowledge a change',
    file: PUBLISHER,
    from: 'await Promise.race([answered, echoed]);',
    to: 'await answered;',
    coveredBy: 'the change is published again when the answer times out, and is only later',
  },
  {
    name: 'a change that fills a gap is old',
    file: PEERS,
    from: "return 'late';",
    to: "return 'old';",
    coveredBy:
      'without a secret it is handled all the same; with one, the resync that the gap has requested runs after its commit',
  },
  {
    name: 'an overtaken leave message counts',
    file: PEERS,
    from: 'if (isOvertaken(peer, counts))',
    to: 'if (isOvertaken(peer, new Map()))',
    coveredBy:
      'the change that overtook it, or the heartbeat that takes a leave message back, makes its node a peer again. Needed where the process dies between the two',
  },
  {
    name: 'a node leaves with pending changes',
    file: LEAVE,
    from: 'writes.isEmpty && !publisher.hasPending',
    to: 'writes.isEmpty',
    coveredBy:
      'a change that gets a number takes the leave message back, and the counts of a leave message include one that has failed',
  },
  {
    name: 'a node that cannot leave does not return',
    file: LEAVE,
    from: '[publisher.flush(LAST_MS), publisher.return()]',
    to: '[publisher.flush(LAST_MS)]',
    coveredBy:
      'the loop before it has taken back every leave message but one that is published in its last round trip',
  },
  {
    name: 'only the announced collections of an expired peer are resynced',
    file: PEERS,
    from: 'peer.announcesAll ? peer.collections.keys() : synced',
    to: 'peer.collections.keys()',
    coveredBy:
      'all collections are announced within a few heartbeats, so it is needed for peers that die soon after their start',
  },
  {
    name: 'a peer expires at once after an outage of this node',
    file: HEARTBEAT,
    from: 'this.#context.peers.restartTimeouts(this.#echoedAt);',
    to: '',
    coveredBy: 'costs resyncs, and loses nothing',
  },
  {
    name: 'a stall of this node counts as silence of Redis',
    file: HEARTBEAT,
    from: 'this.discountStall();',
    to: '',
    coveredBy: 'costs a connection and a resync, and loses nothing',
  },
  {
    name: 'a silent connection is not replaced',
    file: HEARTBEAT,
    from: 'if (this.isStuck(silence, elapsedMs)) {',
    to: 'if (this.isStuck(0, elapsedMs)) {',
    coveredBy:
      "the time-out of the client's own PING finds it, later. Clients that the application creates may have none",
  },
  {
    name: 'peers expire without echoes',
    file: HEARTBEAT,
    from: 'const receivingUntil = Math.min(now, this.#echoedAt + this.#intervalMs);',
    to: 'const receivingUntil = now;',
    coveredBy: 'costs resyncs, and loses nothing',
  },
  {
    name: 'an expired peer is forgotten',
    file: PEERS,
    from: 'this.#former.addExpired(node, peer, now);',
    to: '',
    coveredBy: 'it returns as an unknown one, whose first number is a gap: costs a resync',
  },
  {
    name: 'a peer that has left is forgotten',
    file: PEERS,
    from: 'this.#former.addLeft(node, peer, now);',
    to: '',
    coveredBy:
      'what arrives late makes it a peer again, which expires: costs a resync. Recorded messages are tested in tests/integration/receiving/replays.tests.ts',
  },
  {
    name: 'a former peer is not taken back',
    file: PEERS,
    from: 'this.#former.takeBack(node);',
    to: '',
    coveredBy: 'its numbers are remembered either way',
  },
  {
    name: 'a heartbeat takes a leave message back',
    file: HEARTBEAT,
    from: 'if (!channel.isReady || publisher.hasLeft) return;',
    to: 'if (!channel.isReady) return;',
    coveredBy: 'the node expires then: costs a resync',
  },
  {
    name: 'a late leave message counts',
    file: PEERS,
    from: 'const peer = this.find(node);\n    if (heartbeat <= peer.lastHeartbeat) return [];\n    if (isOv',
    to: 'const peer = this.find(node);\n    if (isOv',
    coveredBy: 'the next message of its node makes it a peer again',
  },
  {
    name: 'a late heartbeat shows that its node is alive',
    file: PEERS,
    from: 'if (heartbeat > peer.lastHeartbeat) {',
    to: 'if (heartbeat > 0) {',
    coveredBy:
      'it delays the expiry of a dead peer by the age of a late message. Recorded messages are tested in tests/integration/receiving/replays.tests.ts',
  },
];
