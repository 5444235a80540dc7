/**
 * Registers tests of faults: a fault is injected, both nodes write, the fault ends, every client shows what the database holds.
 *
 * Which topologies a fault is tested in: detecting a fault is the same for every strategy, recovering from it is not. The
 * mixed topology has both strategies, and every fault on one side hits each of them in turn, so it runs every fault. The
 * topologies of one strategy leave out faults that wait for a time-out or a restart, and faults that only change how bytes
 * travel. The messages that arrive after these are the same in every topology. The network and Redis cannot depend on the
 * topology either, so these faults are repeated with `npm test -- --all` only.
 */

import { type FaultSite, faultSite, hitSides, type Side } from '../support/fault-site';
import type { Fault } from '../support/proxy';
import { addRepetition, addTest, type Scope } from '../support/scope';
import { WRITTEN_WITHIN_MS } from '../support/timing';
import { isMixed, type Topology } from '../support/topologies';
import { WatchedGroup } from '../support/watched-group';

export const REDIS = ['redis-server'];

/** A site from the point of view of one test. */
export interface Scene {
  readonly site: FaultSite;
  /** The side that a fault on one side is injected into. */
  readonly hit: Side;
  readonly other: Side;
  readonly group: WatchedGroup;
  readonly scope: Scope;
}

type Step = (scene: Scene) => unknown;

export interface FaultTest {
  readonly inject: Step;
  /** Between the writes at the start of the fault and those at its end. */
  readonly meanwhile?: Step;
  /** @default heals both proxies */
  readonly heal?: Step;
  /** `one`: runs once for each strategy of the topology, with a node of that strategy hit. @default 'both' */
  readonly sides?: 'one' | 'both';
  /** Whether the mixed topology alone runs it: see above. @default false */
  readonly onlyMixed?: boolean;
  /** Whether nodes of one strategy repeat what the mixed topology tests. @default false */
  readonly isRepeated?: boolean;
}

const healBoth: Step = ({ hit, other }) => {
  for (const { proxy } of [hit, other]) proxy.heal();
};

export function injectBoth(fault: Fault): Step {
  return ({ hit, other }) => {
    for (const { proxy } of [hit, other]) proxy.inject(fault);
  };
}

export function injectOne(fault: Fault): Step {
  return ({ hit }) => hit.proxy.inject(fault);
}

export function addFaultTest(topology: Topology, outcome: string, test: FaultTest): void {
  const { inject, meanwhile, heal = healBoth } = test;
  addSiteTest(topology, outcome, test, async (scene, assert) => {
    const { hit, other, group } = scene;
    const write = async () => {
      const slowest = Math.round(await group.write(hit.node, other.node));
      assert.isTrue(slowest < WRITTEN_WITHIN_MS, `a write took ${slowest} ms`);
    };
    try {
      await inject(scene);
      await write();
      await meanwhile?.(scene);
      await write();
    } finally {
      await heal(scene);
    }
    await group.converged('after the fault');
    await group.replicates();
  });
}

type Assertions = Parameters<Parameters<typeof addTest>[1]>[0];

/** Registers a test of the topology's site; with `sides: 'one'`, one for each strategy's node as the one that is hit. */
export function addSiteTest(
  topology: Topology,
  outcome: string,
  {
    sides = 'both',
    onlyMixed = false,
    isRepeated = false,
  }: Pick<FaultTest, 'sides' | 'onlyMixed' | 'isRepeated'>,
  run: (scene: Scene, test: Assertions) => Promise<void>,
): void {
  if (onlyMixed && !isMixed(topology)) return;
  const add = isRepeated && !isMixed(topology) ? addRepetition : addTest;
  for (const side of sides === 'one' ? hitSides(topology) : [1 as const]) {
    const where = sides === 'one' && isMixed(topology) ? `, ${topology.strategies[side]} node hit` : '';
    add(
      `faults (${topology.name}${where}) - ${outcome}`,
      async (test, scope) => {
        const site = await faultSite(topology);
        const { [side]: hit, [1 - side]: other } = site.sides as readonly Side[];
        if (!hit || !other) throw new Error('a site has two sides');
        const group = await WatchedGroup.open(scope, hit.node, other.node);
        scope.defer(() => {
          for (const { proxy } of site.sides) proxy.heal();
        });
        await run({ site, hit, other, group, scope }, test);
      },
      REDIS,
    );
  }
}

/** Whether a frame from Redis is a change, and no heartbeat. */
export function isChange(frame: Buffer): boolean {
  return frame.includes('"kind":"change"');
}
