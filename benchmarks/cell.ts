/**
 * Measures one cell: writers that each make the next write when the clients of their own node have seen the last, and
 * the time from a writer's call until each client sees the write. Called by bench.ts.
 */

import { join } from 'node:path';
import type { Cell, Operation } from './matrix';
import { type CellResult, latencyOf } from './results';
import { openCaller, type Usage } from './site';
import { BLOCK_SIZE, BLOCKS, INSERTED, type Stage, seedId } from './stage';

/** How long a write may take to be seen, in ms: far above what it takes and, without Cluster, above Meteor's 10 s. */
const PATIENCE = 30_000;
/** How long a strategy that did not keep up may take to catch up, in ms. */
const SETTLE_PATIENCE = 120_000;
/** What is done before measuring: code that runs for the first time is slow. */
const WARM_UP = { writes: 16, time: 1000 };
const WARM_UP_WITHOUT_CLUSTER = { writes: 2, time: 1000 };
/** Without Cluster, so that writes spread over the time between two looks at the database, in ms. */
const PACE_WITHOUT_CLUSTER = 400;

export interface Effort {
  /** The most writes to make. */
  readonly writes: number;
  /** How long to go on writing, in ms. */
  readonly time: number;
  /** Where to put a profile of the first node. */
  readonly profile?: string;
}

interface Measurement {
  readonly own: number[];
  readonly remote: number[];
  writes: number;
  unseen: number;
  /** A writer has waited in vain to see its own write. */
  isLate: boolean;
}

/** @throws Error when a node ends or refuses a write */
export async function measure(stage: Stage, cell: Cell, effort: Effort): Promise<CellResult> {
  const { site } = stage;
  const [first] = site.nodes;
  await write(stage, cell, cell.strategy === 'none' ? WARM_UP_WITHOUT_CLUSTER : WARM_UP);
  const before = await site.usage();
  if (effort.profile !== undefined) await first?.call('startProfile');
  const found = await write(stage, cell, effort);
  if (effort.profile !== undefined) await first?.call('stopProfile', profileOf(effort.profile, cell));
  const after = await site.usage();
  const { writes, unseen, isLate } = found;
  const late = isLate || unseen > 0;
  let problem = await stage.settle(SETTLE_PATIENCE);
  if (cell.operation === 'insert') problem = (await removeInserted(stage)) ?? problem;
  return {
    ...cell,
    writes,
    // Now, with what was seen late.
    own: latencyOf(found.own),
    remote: latencyOf(found.remote),
    unseen,
    perWrite: perWrite(before, after, writes),
    ...(late && { late: `${unseen} sightings were missing after ${PATIENCE / 1000} s` }),
    ...(problem !== undefined && { problem }),
  };
}

/** Returns when all clients have seen all writes, or have had time enough. */
async function write(stage: Stage, cell: Cell, effort: Effort): Promise<Measurement> {
  const measurement: Measurement = { own: [], remote: [], writes: 0, unseen: 0, isLate: false };
  const remote: Promise<void>[] = [];
  const deadline = performance.now() + effort.time;
  const isOver = () =>
    measurement.isLate || measurement.writes >= effort.writes || performance.now() > deadline;
  const writeOn = async (writer: number) => {
    const node = writer % cell.nodes;
    const caller = openCaller(stage.site.nodes[node]?.url ?? '');
    for (let i = 0; !isOver(); i += 1) {
      measurement.writes += 1;
      const { ids, n, call } = nextWrite(stage, cell.operation, writer, i);
      const start = performance.now();
      const own: Promise<unknown>[] = [];
      for (const viewer of stage.viewers) {
        measurement.unseen += 1;
        const isOwn = viewer.node === node;
        const sighting = viewer.sees(ids, n).then((at) => {
          measurement.unseen -= 1;
          measurement[isOwn ? 'own' : 'remote'].push(at - start);
        });
        (isOwn ? own : remote).push(sighting);
      }
      own.push(call(caller));
      if (!(await allWithin(PATIENCE, own))) measurement.isLate = true;
      if (cell.strategy === 'none') await pause(PACE_WITHOUT_CLUSTER);
    }
    caller.close();
  };
  const writers = Array.from({ length: cell.writers }, (_, writer) => writeOn(writer));
  await Promise.race([Promise.all(writers), stage.site.failed]);
  await Promise.race([allWithin(PATIENCE, remote), stage.site.failed]);
  return measurement;
}

/** @returns whether all of them were fulfilled in time */
async function allWithin(ms: number, promises: readonly Promise<unknown>[]): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([Promise.all(promises).then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

interface Write {
  readonly ids: readonly string[];
  readonly n: number;
  call(caller: ReturnType<typeof openCaller>): Promise<unknown>;
}

/** Writers keep to blocks of their own, so that each sees what it wrote itself. */
function nextWrite(stage: Stage, operation: Operation, writer: number, i: number): Write {
  const { collection } = stage;
  const n = stage.nextNumber();
  const block = writer % BLOCKS;
  if (operation === 'insert') {
    const item = stage.newItem(`insert-${n}`, INSERTED, n);
    return { ids: [item._id], n, call: (caller) => caller.call('insert', collection, item) };
  }
  if (operation === 'update') {
    const id = seedId(block, i % BLOCK_SIZE);
    return { ids: [id], n, call: (caller) => caller.call('update', collection, id, n) };
  }
  const ids = Array.from({ length: BLOCK_SIZE }, (_, each) => seedId(block, each));
  return { ids, n, call: (caller) => caller.call('multi', collection, block, n) };
}

/** So that every cell starts with the same documents. */
async function removeInserted(stage: Stage): Promise<string | undefined> {
  await stage.site.nodes[0]?.call('removeBlock', stage.collection, INSERTED);
  return stage.settle(SETTLE_PATIENCE);
}

function perWrite(before: Usage, after: Usage, writes: number): CellResult['perWrite'] {
  const of = (part: keyof Usage) => (after[part] - before[part]) / writes;
  return {
    cpu: of('cpu'),
    reads: of('reads'),
    writes: of('writes'),
    messages: of('messages'),
    bytes: of('bytes'),
  };
}

function profileOf(directory: string, { strategy, nodes, queries, operation, writers }: Cell): string {
  return join(directory, `${strategy}-${nodes}n-${queries}q-${operation}-${writers}w.cpuprofile`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
