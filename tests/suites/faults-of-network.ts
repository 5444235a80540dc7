/** The network between nodes and Redis fails: cut, silent in one direction or both, slow. */

import { eventually } from '../support/eventually';
import { logMeasured, SLACK_MS, secondsSince, TIMING } from '../support/timing';
import type { Topology } from '../support/topologies';
import { addFaultTest, type FaultTest, injectBoth, injectOne, isChange } from './fault-test';

/** The log line of a node that notices. */
const SILENCE = /nothing received from Redis for (\d+) ms/;
/** Connections that look open while nothing arrives. */
export const BLACK_HOLE = { blocksOutgoing: true, blocksIncoming: true };

/**
 * Injects a fault that leaves connections open, and waits until the node that is hit has noticed. It notices at the first
 * heartbeat after `heartbeatTimeout`, by its own time, which excludes waits of its process for the CPU.
 */
export function silencing(inject: FaultTest['inject']): Pick<FaultTest, 'inject' | 'meanwhile'> {
  let logged = 0;
  return {
    inject(scene) {
      logged = scene.hit.node.log().length;
      return inject(scene);
    },
    async meanwhile({ hit: { node } }) {
      const start = performance.now();
      const isDisconnected = async () => !(await node.call('status')).connected;
      await eventually('the dead connection to be noticed', isDisconnected);
      logMeasured(`noticed after ${secondsSince(start)}`);
      const { heartbeatInterval, heartbeatTimeout } = TIMING;
      // No such line where the client of Redis has noticed first, as the machine is busy.
      const silenceMs = Number(SILENCE.exec(node.log().slice(logged))?.[1] ?? 0);
      if (silenceMs > heartbeatTimeout + heartbeatInterval + SLACK_MS)
        throw new Error(`The dead connection was noticed after a silence of ${silenceMs} ms`);
    },
  };
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
    ...silencing(injectBoth(BLACK_HOLE)),
  });
  faultTest('a black hole around one node is noticed, and it converges after it', {
    ...one,
    ...mixed,
    ...silencing(injectOne(BLACK_HOLE)),
  });
  faultTest('a node whose messages do not arrive notices it, and converges after it', {
    ...one,
    ...mixed,
    ...silencing(injectOne({ blocksOutgoing: true })),
  });
  faultTest('a node that receives nothing notices it, and converges after it', {
    ...one,
    ...mixed,
    ...silencing(injectOne({ blocksIncoming: true })),
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
