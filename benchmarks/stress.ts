/**
 * The stress test: many nodes, a writer on each that waits for nothing, all kinds of writes; in the end every view has
 * to equal the database. Called by bench.ts.
 */

import type { Db } from 'mongodb';
import type { StressResult } from './results';
import { type Caller, openCaller, type Site, within } from './site';
import { BLOCK_SIZE, BLOCKS, INSERTED, type Stage, seedId, setStage } from './stage';

export const STRESS = { nodes: 8, queries: 20, writers: 8, writesPerWriter: 100 };
/** How long it may take, in ms. */
const PATIENCE = 240_000;

export async function stress(site: Site, db: Db): Promise<StressResult> {
  const { queries, writers, writesPerWriter } = STRESS;
  const stage = await setStage(site, queries, db);
  const before = await site.usage();
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  let writing = 0;
  let problem: string | undefined;
  try {
    const done = Promise.all(
      Array.from({ length: writers }, (_, writer) => writeAll(stage, writer, writesPerWriter)),
    );
    await within(PATIENCE, 'all writes to be made', [done, site.failed]);
    writing = seconds();
    problem = await stage.settle(PATIENCE);
  } catch (error) {
    problem = (error as Error).message;
  }
  const converged = problem === undefined ? seconds() : undefined;
  const after = await site.usage();
  await stage.close();
  const writes = writers * writesPerWriter;
  return {
    ...{ strategy: site.strategy, nodes: site.nodes.length, queries, writers, writes, writing, converged },
    cpu: (after.cpu - before.cpu) / writes,
    reads: (after.reads - before.reads) / writes,
    ...(problem !== undefined && { problem }),
  };
}

/** All calls at once: the node carries them out one after the other, as it does those of any client. */
async function writeAll(stage: Stage, writer: number, count: number): Promise<void> {
  const caller = openCaller(stage.site.nodes[writer % stage.site.nodes.length]?.url ?? '');
  try {
    await Promise.all(Array.from({ length: count }, (_, i) => write(stage, caller, writer, i)));
  } finally {
    caller.close();
  }
}

/** Of ten writes: four inserts, three updates by id, one update of a block, two removals of what was inserted. */
function write(stage: Stage, caller: Caller, writer: number, i: number): Promise<unknown> {
  const { collection } = stage;
  const n = stage.nextNumber();
  const kind = i % 10;
  if (kind < 4) {
    return caller.call('insert', collection, stage.newItem(`stress-${writer}-${i}`, INSERTED, n));
  }
  if (kind < 7) {
    // Any writer's: two nodes may well write the same document.
    return caller.call('update', collection, seedId((writer + i) % BLOCKS, i % BLOCK_SIZE), n);
  }
  if (kind === 7) return caller.call('multi', collection, (writer + i) % BLOCKS, n);
  return caller.call('remove', collection, `stress-${writer}-${i - kind + (kind - 8)}`);
}
