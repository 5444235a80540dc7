/**
 * Measures one cell: the time from a writer's call until each client receives the write, and what the nodes use.
 *
 * Called by main.ts.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { type Fixture, INSERTED } from './fixture';
import { type Cell, isPolled } from './matrix';
import { Profiles } from './profiles';
import { type CellResult, type IdleUsage, latencyOf, type WriteUsage } from './results';
import type { Site, Usage } from './site';
import { type Effort, makeWrites, RECEIVE_TIMEOUT_MS } from './writing';

/** For a strategy that is behind to catch up. */
const CONVERGE_TIMEOUT_MS = 120_000;
/** Before measuring, because code that runs for the first time is slow. */
const WARM_UP: Effort = { writes: 16, seconds: 1 };
/** Before the first cell of a site. Cold, 2,000 live queries after 20 looked like 0.65 of the CPU per write; warm, like 0.9 to 1.2. */
const WARM_UP_SITE: Effort = { writes: 600, seconds: 20 };
const WARM_UP_POLLED: Effort = { writes: 2, seconds: 1 };

export interface CellOptions extends Effort {
  /** How long to measure without writes, in s. A partitioned cell is measured for as long as it made writes, at least. */
  readonly idle: number;
}

/** Called with the first fixture of a site, so that no cell pays for code that runs for the first time. */
export async function warmUp({ fixture, cell }: { fixture: Fixture; cell: Cell }): Promise<void> {
  if (!isPolled(cell)) await makeWrites(fixture, { ...cell, rate: 0 }, WARM_UP_SITE);
}

/**
 * Measures a cell.
 *
 * @param profileDirectory where to write CPU profiles. @default no profiles
 * @throws Error when a node ends or refuses a write
 */
export async function measureCell(
  fixture: Fixture,
  cell: Cell,
  options: CellOptions,
  profileDirectory?: string,
): Promise<CellResult> {
  const { site } = fixture;
  const profile = profileDirectory === undefined ? undefined : new Profiles(site, profileDirectory);
  await makeWrites(fixture, cell, isPolled(cell) ? WARM_UP_POLLED : WARM_UP);
  await profile?.start();
  const before = await site.usage();
  const measurement = await makeWrites(fixture, cell, options);
  const used = difference(before, await site.usage());
  await profile?.stop(cell);
  const { unseen, isLate, writes, seconds } = measurement;
  let problem = await fixture.converge(CONVERGE_TIMEOUT_MS);
  if (cell.operation === 'insert') problem = (await removeInserted(fixture)) ?? problem;
  const idleSeconds = cell.layout === 'partitioned' ? Math.max(seconds, options.idle) : options.idle;
  const idle = idleSeconds > 0 ? await measureIdle(site, idleSeconds) : undefined;
  const { foundByPolls } = difference(before, await site.usage());
  if (foundByPolls > 0) problem ??= `only polls have shown ${foundByPolls} documents: writes were lost`;
  return {
    ...cell,
    writes,
    seconds,
    answered: latencyOf(measurement.answered),
    // Includes what was received while the views converged.
    own: latencyOf(measurement.own),
    remote: latencyOf(measurement.remote),
    unseen,
    perWrite: perWrite(used, writes),
    ...(idle && {
      idle,
      cpuOfNodes: used.cpuOfNodes.map((cpu, i) => netCpu(cpu, idle, i, seconds) / writes),
    }),
    ...((isLate || unseen > 0) && {
      late: `${unseen} receipts were missing after ${RECEIVE_TIMEOUT_MS / 1000} s`,
    }),
    ...(problem !== undefined && { problem }),
  };
}

/** Makes every cell start with the same documents. */
async function removeInserted(fixture: Fixture): Promise<string | undefined> {
  await fixture.site.nodes[0]?.call('removeBlock', fixture.collection, INSERTED);
  return fixture.converge(CONVERGE_TIMEOUT_MS);
}

/** Measures what the site uses without writes: heartbeats, polling, and the measurement itself. */
async function measureIdle(site: Site, seconds: number): Promise<IdleUsage> {
  const before = await site.usage();
  await Promise.race([pause(seconds * 1000), site.failed]);
  const { cpuOfNodes, cpu, databaseCpu, reads } = difference(before, await site.usage());
  return {
    seconds,
    cpu: cpu / seconds,
    cpuOfNodes: cpuOfNodes.map((each) => each / seconds),
    reads: reads / seconds,
    ...(databaseCpu !== undefined && { databaseCpu: databaseCpu / seconds }),
  };
}

/** Returns the CPU of a node without what it uses in the same time when there are no writes. */
function netCpu(cpu: number, idle: IdleUsage, node: number, seconds: number): number {
  return cpu - (idle.cpuOfNodes[node] ?? 0) * seconds;
}

function difference(before: Usage, after: Usage): Usage {
  const of = (part: keyof Omit<Usage, 'cpuOfNodes'>) => (after[part] ?? 0) - (before[part] ?? 0);
  return {
    cpu: of('cpu'),
    reads: of('reads'),
    writes: of('writes'),
    foundByPolls: of('foundByPolls'),
    messages: of('messages'),
    bytes: of('bytes'),
    cpuOfNodes: after.cpuOfNodes.map((cpu, i) => cpu - (before.cpuOfNodes[i] ?? 0)),
    databaseCpu: after.databaseCpu === undefined ? undefined : of('databaseCpu'),
  };
}

function perWrite({ cpu, reads, writes, messages, bytes, databaseCpu }: Usage, count: number): WriteUsage {
  return {
    cpu: cpu / count,
    reads: reads / count,
    writes: writes / count,
    messages: messages / count,
    bytes: bytes / count,
    ...(databaseCpu !== undefined && { databaseCpu: databaseCpu / count }),
  };
}
