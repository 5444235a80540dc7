/** The network between nodes and Redis fails: cut, silent in one direction or both, slow. */

import { eventually } from '../support/eventually';
import { logMeasured, SLACK_MS, secondsSince, TIMING } from '../support/timing';
import type { Topology } from '../support/topologies';
import { addFaultTest, type FaultTest, injectBoth, injectOne, isChange, type Scene } from './fault-test';

/** Connections that look open while nothing arrives. */
export const BLACK_HOLE = { blocksOutgoing: true, blocksIncoming: true };

/** A half-open connection is noticed at the first heartbeat after `heartbeatTimeout`. */
export async function isNoticed({ hit }: Scene): Promise<void> {
  const { heartbeatInterval, heartbeatTimeout } = TIMING;
  const start = performance.now();
  await eventually(
    'the dead connection to be noticed',
    async () => !(await hit.node.call('status')).connected,
    heartbeatTimeout + heartbeatInterval + SLACK_MS,
  );
  logMeasured(`noticed after ${secondsSince(start)}`);
}

export function addFaultsOfNetwork(topology: Topology): void {
  const faultTest = (outcome: string, test: FaultTest) =>
    addFaultTest(topology, outcome, { ...test, isRepeated: true });
  const one = { sides: 'one' } as const;
  const mixed = { onlyMixed: true };

  faultTest('both nodes are cut off, and converge when they are back', { inject: injectBoth({ cut: true }) });
  faultTest('one node is cut off, and converges when it is back', {
    ...one,
    inject: injectOne({ cut: true }),
  });
  faultTest('a black hole around both nodes is noticed, and they converge after it', {
    ...mixed,
    inject: injectBoth(BLACK_HOLE),
    meanwhile: isNoticed,
  });
  faultTest('a black hole around one node is noticed, and it converges after it', {
    ...one,
    ...mixed,
    inject: injectOne(BLACK_HOLE),
    meanwhile: isNoticed,
  });
  faultTest('a node whose messages do not arrive notices it, and converges after it', {
    ...one,
    ...mixed,
    inject: injectOne({ blocksOutgoing: true }),
    meanwhile: isNoticed,
  });
  faultTest('a node that receives nothing notices it, and converges after it', {
    ...one,
    ...mixed,
    inject: injectOne({ blocksIncoming: true }),
    meanwhile: isNoticed,
  });
  faultTest('a black hole too short to be noticed loses nothing', { ...one, inject: injectOne(BLACK_HOLE) });
  faultTest('a slow network delays changes and loses nothing', {
    ...mixed,
    inject: injectBoth({ delay: 100 }),
    meanwhile: ({ group }) => group.converged('over the slow network'),
  });
  faultTest('a network that splits messages loses nothing', {
    ...mixed,
    inject: injectBoth({ slice: 7 }),
    meanwhile: ({ group }) => group.converged('with split messages'),
  });
  faultTest('a connection reset in the middle of a message loses nothing', {
    ...one,
    inject: ({ hit: { proxy } }) =>
      proxy.inject({
        message: (frame) => {
          if (!isChange(frame)) return [frame];
          setTimeout(() => proxy.reset(), 10);
          return [frame.subarray(0, frame.length / 2)];
        },
      }),
  });
}
