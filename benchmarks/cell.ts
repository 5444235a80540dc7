/**
 * Measures one cell: the time from a writer's call until each client receives the write, and what the nodes use.
 *
 * Called by main.ts. Each writer makes its next write when the clients of its own node have received the last one.
 */

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DeadlineError, withDeadline } from '../tools/deadline';
import { BLOCK_SIZE, BLOCKS, type Fixture, INSERTED, seedId } from './fixture';
import type { Cell, Operation } from './matrix';
import { type CellResult, latencyOf } from './results';
import { type Caller, openCaller, type Usage } from './site';

/** Far above what a write takes to be received and, without Cluster, above Meteor's polling interval of 10 s. */
const RECEIVE_TIMEOUT_MS = 30_000;
/** For a strategy that is behind to catch up. */
const CONVERGE_TIMEOUT_MS = 120_000;
/** Before measuring, because code that runs for the first time is slow. */
const WARM_UP: Effort = { writes: 16, seconds: 1 };
const WARM_UP_WITHOUT_CLUSTER: Effort = { writes: 2, seconds: 1 };
/** Without Cluster, the writes are spread over the time between two polls. */
const PAUSE_WITHOUT_CLUSTER_MS = 400;

export interface Effort {
  /** The most writes to make. */
  readonly writes: number;
  /** The time for which to make writes. */
  readonly seconds: number;
}

interface Measurement {
  /** Latencies in ms. */
  readonly own: number[];
  readonly remote: number[];
  writes: number;
  /** Clients that have not received a write, summed over all writes. */
  unseen: number;
  /** A writer has not received its own write in time. */
  isLate: boolean;
}

interface Write {
  readonly ids: readonly string[];
  readonly n: number;
  call(caller: Caller): Promise<unknown>;
}

/**
 * Measures a cell.
 *
 * @param profileDirectory where to write a CPU profile of the first node. @default no profile
 * @throws Error when a node ends or refuses a write
 */
export async function measureCell(
  fixture: Fixture,
  cell: Cell,
  effort: Effort,
  profileDirectory?: string,
): Promise<CellResult> {
  const { site } = fixture;
  const profiled = profileDirectory === undefined ? undefined : site.nodes[0];
  await makeWrites(fixture, cell, cell.strategy === 'none' ? WARM_UP_WITHOUT_CLUSTER : WARM_UP);
  const before = await site.usage();
  await profiled?.call('startProfile');
  const measurement = await makeWrites(fixture, cell, effort);
  await profiled?.call('stopProfile', join(profileDirectory ?? '', profileName(cell)));
  const perWrite = usagePerWrite(before, await site.usage(), measurement.writes);
  const { unseen, isLate } = measurement;
  let problem = await fixture.converge(CONVERGE_TIMEOUT_MS);
  if (cell.operation === 'insert') problem = (await removeInserted(fixture)) ?? problem;
  return {
    ...cell,
    writes: measurement.writes,
    // Includes what was received while the views converged.
    own: latencyOf(measurement.own),
    remote: latencyOf(measurement.remote),
    unseen,
    perWrite,
    ...((isLate || unseen > 0) && {
      late: `${unseen} receipts were missing after ${RECEIVE_TIMEOUT_MS / 1000} s`,
    }),
    ...(problem !== undefined && { problem }),
  };
}

/** Resolves when all clients have received all writes, or after a timeout. */
async function makeWrites(fixture: Fixture, cell: Cell, effort: Effort): Promise<Measurement> {
  const { site } = fixture;
  const measurement: Measurement = { own: [], remote: [], writes: 0, unseen: 0, isLate: false };
  const remote: Promise<void>[] = [];
  const end = performance.now() + effort.seconds * 1000;
  const isOver = () => measurement.isLate || measurement.writes >= effort.writes || performance.now() > end;
  const writeRepeatedly = async (writer: number) => {
    const node = writer % cell.nodes;
    const caller = openCaller(site.nodes[node]?.url ?? '');
    for (let i = 0; !isOver(); i += 1) {
      measurement.writes += 1;
      const { ids, n, call } = nextWrite(fixture, cell.operation, writer, i);
      const start = performance.now();
      const own: Promise<unknown>[] = [];
      for (const subscriber of fixture.subscribers) {
        measurement.unseen += 1;
        const kind = subscriber.node === node ? 'own' : 'remote';
        const receipt = subscriber.receives(ids, n).then((at) => {
          measurement.unseen -= 1;
          measurement[kind].push(at - start);
        });
        (kind === 'own' ? own : remote).push(receipt);
      }
      own.push(call(caller));
      if (!(await allInTime(own))) measurement.isLate = true;
      if (cell.strategy === 'none') await pause(PAUSE_WITHOUT_CLUSTER_MS);
    }
    caller.close();
  };
  const writers = Array.from({ length: cell.writers }, (_, writer) => writeRepeatedly(writer));
  await Promise.race([Promise.all(writers), site.failed]);
  await Promise.race([allInTime(remote), site.failed]);
  return measurement;
}

/** Returns whether all promises are fulfilled in time. Rejects when one of them does. */
async function allInTime(promises: readonly Promise<unknown>[]): Promise<boolean> {
  try {
    await withDeadline(RECEIVE_TIMEOUT_MS, 'clients to receive a write', () => Promise.all(promises));
    return true;
  } catch (error) {
    if (error instanceof DeadlineError) return false;
    throw error;
  }
}

/** Each writer writes a block of its own, so that it receives what it has written itself. */
function nextWrite(fixture: Fixture, operation: Operation, writer: number, i: number): Write {
  const { collection } = fixture;
  const n = fixture.nextNumber();
  const block = writer % BLOCKS;
  switch (operation) {
    case 'insert': {
      const item = fixture.newItem(`insert-${n}`, INSERTED, n);
      return { ids: [item._id], n, call: (caller) => caller.call('insert', collection, item) };
    }
    case 'update': {
      const id = seedId(block, i % BLOCK_SIZE);
      return { ids: [id], n, call: (caller) => caller.call('update', collection, id, n) };
    }
    case 'multi': {
      const ids = Array.from({ length: BLOCK_SIZE }, (_, each) => seedId(block, each));
      return { ids, n, call: (caller) => caller.call('multi', collection, block, n) };
    }
  }
}

/** Makes every cell start with the same documents. */
async function removeInserted(fixture: Fixture): Promise<string | undefined> {
  await fixture.site.nodes[0]?.call('removeBlock', fixture.collection, INSERTED);
  return fixture.converge(CONVERGE_TIMEOUT_MS);
}

function usagePerWrite(before: Usage, after: Usage, writes: number): Usage {
  const of = (part: keyof Usage) => (after[part] - before[part]) / writes;
  const [cpu, reads] = [of('cpu'), of('reads')];
  return { cpu, reads, writes: of('writes'), messages: of('messages'), bytes: of('bytes') };
}

function profileName({ strategy, nodes, queries, operation, writers }: Cell): string {
  return `${strategy}-${nodes}n-${queries}q-${operation}-${writers}w.cpuprofile`;
}
