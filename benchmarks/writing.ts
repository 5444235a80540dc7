/**
 * The writers of a cell, and the times until clients receive their writes.
 *
 * Called by cell.ts.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { DeadlineError, withDeadline } from '../tools/deadline';
import { BLOCK_SIZE, BLOCKS, type Fixture, INSERTED, seedId } from './fixture';
import { type Cell, isPolled, type Operation } from './matrix';
import { type Caller, openCaller } from './site';

/** Far above what a write takes to be received and, without Cluster, above Meteor's polling interval of 10 s. */
export const RECEIVE_TIMEOUT_MS = 30_000;
/** Where clients wait for polls, the writes are spread over the time between two polls. */
const PAUSE_BETWEEN_POLLED_MS = 400;

export interface Effort {
  /** The most writes to make. */
  readonly writes: number;
  /** The time for which to make writes. */
  readonly seconds: number;
}

export interface Measurement {
  /** Latencies in ms. */
  readonly answered: number[];
  readonly own: number[];
  readonly remote: number[];
  writes: number;
  /** From the first call until all clients have received all writes, in s. */
  seconds: number;
  /** Clients that have not received a write, summed over all writes. */
  unseen: number;
  /** A writer has not received in time what it waits for. */
  isLate: boolean;
}

interface Write {
  readonly ids: readonly string[];
  readonly n: number;
  call(caller: Caller): Promise<unknown>;
}

/** Resolves when all clients have received all writes, or after a timeout. */
export async function makeWrites(fixture: Fixture, cell: Cell, effort: Effort): Promise<Measurement> {
  const { site } = fixture;
  const measurement: Measurement = {
    answered: [],
    own: [],
    remote: [],
    writes: 0,
    seconds: 0,
    unseen: 0,
    isLate: false,
  };
  const receipts: Promise<void>[] = [];
  const begin = performance.now();
  const end = begin + effort.seconds * 1000;
  const isOver = () => measurement.isLate || measurement.writes >= effort.writes || performance.now() > end;
  const writeRepeatedly = async (writer: number) => {
    const node = nodeOf(cell, writer);
    const caller = openCaller(site.nodes[node]?.url ?? '', cell.waitsFor === 'result' ? 'result' : 'updated');
    const unanswered: Promise<void>[] = [];
    if (cell.rate > 0) await pauseUntil(begin + writer * (1000 / cell.rate));
    for (let i = 0; !isOver(); i += 1) {
      measurement.writes += 1;
      const { ids, n, call } = nextWrite(fixture, cell.operation, writer, i);
      const start = performance.now();
      const own: Promise<unknown>[] = [];
      for (const reader of fixture.readers) {
        measurement.unseen += 1;
        const kind = reader.node === node ? 'own' : 'remote';
        const receipt = reader.receives(ids, n).then((at) => {
          measurement.unseen -= 1;
          measurement[kind].push(at - start);
        });
        receipts.push(receipt);
        if (kind === 'own') own.push(receipt);
      }
      const answered = call(caller).then(() => void measurement.answered.push(performance.now() - start));
      if (cell.rate > 0) {
        unanswered.push(answered);
        await pauseUntil(begin + ((i + 1) * cell.writers + writer) * (1000 / cell.rate));
        continue;
      }
      const awaited = cell.waitsFor === 'clients' ? [answered, ...own] : [answered];
      if (!(await allInTime(awaited))) measurement.isLate = true;
      if (isPolled(cell)) await pause(PAUSE_BETWEEN_POLLED_MS);
    }
    if (!(await allInTime(unanswered))) measurement.isLate = true;
    caller.close();
  };
  const writers = Array.from({ length: cell.writers }, (_, writer) => writeRepeatedly(writer));
  await Promise.race([Promise.all(writers), site.failed]);
  await Promise.race([allInTime(receipts), site.failed]);
  measurement.seconds = (performance.now() - begin) / 1000;
  return measurement;
}

async function pauseUntil(time: number): Promise<void> {
  await pause(Math.max(0, time - performance.now()));
}

/** Of a partitioned site, the first node and the second one make the writes, and the first one shows them. */
function nodeOf({ layout, nodes }: Cell, writer: number): number {
  return writer % (layout === 'partitioned' ? Math.min(2, nodes) : nodes);
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
