/**
 * The stress test: many nodes, one writer on each that does not wait, all kinds of writes. In the end every view must equal
 * the database.
 *
 * Called by main.ts.
 */

import type { Db } from 'mongodb';
import { withDeadline } from '../tools/deadline';
import { BLOCK_SIZE, BLOCKS, createFixture, type Fixture, INSERTED, seedId } from './fixture';
import { DEFAULT_AXES, type Shape } from './matrix';
import type { StressResult } from './results';
import { type Caller, openCaller, type Site } from './site';

export const STRESS = { nodes: 8, queries: 20, writers: 8, writesPerWriter: 100 };
const TIMEOUT_MS = 240_000;

export async function measureStress(site: Site, db: Db): Promise<StressResult> {
  const { queries, writers, writesPerWriter } = STRESS;
  const writes = writers * writesPerWriter;
  const shape: Shape = { ...DEFAULT_AXES, nodes: site.nodes.length, queries };
  const fixture = await createFixture(site, shape, db);
  const before = await site.usage();
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  let writing = 0;
  let problem: string | undefined;
  try {
    const written = Promise.all(
      Array.from({ length: writers }, (_, writer) => makeWrites(fixture, writer, writesPerWriter)),
    );
    await withDeadline(TIMEOUT_MS, 'all writes', () => Promise.race([written, site.failed]));
    writing = seconds();
    problem = await fixture.converge(TIMEOUT_MS);
  } catch (error) {
    problem = (error as Error).message;
  }
  const converged = problem === undefined ? seconds() : undefined;
  const after = await site.usage();
  const { databaseCpu } = after;
  await fixture.close();
  return {
    strategy: site.strategy,
    nodes: site.nodes.length,
    queries,
    writers,
    writes,
    writing,
    converged,
    cpu: (after.cpu - before.cpu) / writes,
    reads: (after.reads - before.reads) / writes,
    ...(databaseCpu !== undefined && { databaseCpu: (databaseCpu - (before.databaseCpu ?? 0)) / writes }),
    ...(problem !== undefined && { problem }),
  };
}

/** Makes all calls at once. The node runs them one after the other, as those of any client. */
async function makeWrites(fixture: Fixture, writer: number, count: number): Promise<void> {
  const { nodes } = fixture.site;
  const caller = openCaller(nodes[writer % nodes.length]?.url ?? '');
  try {
    await Promise.all(Array.from({ length: count }, (_, i) => write(fixture, caller, writer, i)));
  } finally {
    caller.close();
  }
}

/** Ten writes are four inserts, three updates by id, one update of a block, and two removals of what was inserted. */
function write(fixture: Fixture, caller: Caller, writer: number, i: number): Promise<unknown> {
  const { collection } = fixture;
  const n = fixture.nextNumber();
  const kind = i % 10;
  if (kind < 4) {
    return caller.call('insert', collection, fixture.newItem(`stress-${writer}-${i}`, INSERTED, n));
  }
  // Blocks of any writer: two nodes may write the same document.
  if (kind < 7) return caller.call('update', collection, seedId((writer + i) % BLOCKS, i % BLOCK_SIZE), n);
  if (kind === 7) return caller.call('multi', collection, (writer + i) % BLOCKS, n);
  return caller.call('remove', collection, `stress-${writer}-${i - 8}`);
}
