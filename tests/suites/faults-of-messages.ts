/** Single changes are lost, doubled or reordered on their way to one node, while heartbeats arrive. */

import { SLACK_MS, TIMING } from '../support/timing';
import type { Topology } from '../support/topologies';
import { addSiteTest, isChange } from './fault-test';

interface MessageFault {
  readonly outcome: string;
  /** How many changes it takes. */
  readonly count: number;
  /** Returns what becomes of each change. */
  readonly create: () => (frame: Buffer) => readonly Buffer[];
}

const MESSAGE_FAULTS: readonly MessageFault[] = [
  { outcome: 'a lost change is made up for', count: 1, create: () => () => [] },
  { outcome: 'a doubled change does no harm', count: 1, create: () => (frame) => [frame, frame] },
  {
    outcome: 'a change overtaken by the next does no harm',
    count: 2,
    create() {
      let held: Buffer | undefined;
      return (frame) => {
        const before = held;
        held = frame;
        return before ? [frame, before] : [];
      };
    },
  },
];

export function addFaultsOfMessages(topology: Topology): void {
  for (const { outcome, count, create } of MESSAGE_FAULTS) {
    addSiteTest(topology, outcome, { sides: 'one' }, async ({ hit, other, group }, test) => {
      const replace = create();
      let replaced = 0;
      hit.proxy.inject({
        message(frame) {
          if (!isChange(frame) || replaced === count) return [frame];
          replaced += 1;
          return replace(frame);
        },
      });
      for (let n = 0; n < count; n += 1) await other.node.call('insert', group.item());
      // A loss is noticed at the next heartbeat.
      const withinMs = TIMING.heartbeatInterval + TIMING.resyncJitter + SLACK_MS;
      await group.converged('soon after the fault', withinMs);
      test.equal(replaced, count);
      hit.proxy.heal();
      await group.replicates();
    });
  }
}
