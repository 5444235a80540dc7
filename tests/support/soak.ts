/**
 * Rounds of the convergence test, one after the other on the same nodes, until enough has been written.
 *
 * Started by `scripts/soak.ts`, on the stand-in only. Exits with 0 when every view of every round was right.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ConvergenceRun, type HintsOnNodes, type Round } from './convergence-run';
import { pause } from './eventually';
import './node-app';
import { newSeed, Random } from '../../tools/random';
import { TOPOLOGIES } from './topologies';

const { SOAK_WRITES = '100000', SOAK_NODES = '4', SOAK_STRATEGY = 'feed' } = process.env;
const isPartitioned = process.env.SOAK_QUERIES === 'partitioned';
const hints = (process.env.SOAK_HINTS ?? 'on') as HintsOnNodes;
const WRITES_PER_ROUND = [10, 40, 200, 2000];
/** How often the progress is logged, in ms. */
const PROGRESS_INTERVAL_MS = 30_000;
/** From a skip to the end of its audit, in ms. */
const LAST_AUDIT_MS = 12_000;

// A node of the soak is this file as well.
if (!process.env.CLUSTER_TEST_NODE) {
  soak().then(
    (isRight) => process.exit(isRight ? 0 : 1),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
}

async function soak(): Promise<boolean> {
  const target = Number(SOAK_WRITES);
  const seed = newSeed();
  const topology = TOPOLOGIES.find(({ name }) => name === SOAK_STRATEGY);
  if (!topology) throw new Error(`the strategy is oplog, update or mixed; got ${SOAK_STRATEGY}`);
  console.log(
    `${target} writes on ${SOAK_NODES} nodes, strategy ${topology.name}, ` +
      `${isPartitioned ? 'partitioned' : 'same'} queries, hints ${hints}, seed ${seed}`,
  );
  const started = Date.now();
  let loggedAt = started;
  const strategies = Array.from(
    { length: Number(SOAK_NODES) },
    (_, index) => topology.strategies[(index % 3) as 0 | 1 | 2],
  );
  const run = await ConvergenceRun.start({ strategies, isPartitioned, hints, calm: isPartitioned ? 0.5 : 0 });
  const rounds: Round[] = [];
  const memory: number[] = [];
  for (let written = 0; written < target; written = sum(rounds, 'writes')) {
    const roundSeed = seed + rounds.length;
    const attempts = new Random(roundSeed).pick(WRITES_PER_ROUND);
    const round = await run.round(roundSeed, attempts);
    rounds.push(round);
    memory.push(await largestNode(run));
    if (Date.now() - loggedAt > PROGRESS_INTERVAL_MS) {
      loggedAt = Date.now();
      console.log(
        `${sum(rounds, 'writes')} writes, ${rounds.length} rounds, ${wrongViews(rounds)} wrong views, ` +
          `nodes up to ${memory.at(-1)} MB, ${Math.round((Date.now() - started) / 1000)} s`,
      );
    }
    for (const difference of round.differences)
      console.log(`WRONG, round of seed ${roundSeed} with ${attempts} writes: ${difference}`);
  }
  // The last skipped changes are audited by now, with the time that a suspicion waits.
  await pause(LAST_AUDIT_MS);
  const audits = await run.fleet.audits();
  await run.stop();
  console.log(summary(rounds, memory, Date.now() - started));
  console.log(`audited           ${audits.audited} skipped documents, ${audits.wrong} skipped wrongly`);
  return wrongViews(rounds) === 0 && audits.wrong === 0;
}

function summary(rounds: readonly Round[], memory: readonly number[], ms: number): string {
  const faults = new Map<string, number>();
  for (const round of rounds) {
    for (const [kind, count] of round.faults) faults.set(kind, (faults.get(kind) ?? 0) + count);
  }
  const convergences = rounds.map(({ convergenceMs }) => convergenceMs).sort((a, b) => a - b);
  const rows = {
    writes: `${sum(rounds, 'writes')} that changed something, in ${Math.round(ms / 1000)} s`,
    'other writes': `${sum(rounds, 'idle')} matched nothing, ${sum(rounds, 'refused')} were refused, ${sum(rounds, 'unanswered')} not answered by a node that was killed`,
    faults: [...faults].map(([kind, count]) => `${kind} ${count}`).join(', '),
    rounds: `${rounds.length}, with ${sum(rounds, 'views')} views compared`,
    mismatches: wrongViews(rounds),
    'time to converge': `median ${convergences[Math.floor(rounds.length / 2)]} ms, at most ${convergences.at(-1)} ms`,
    'largest node': `${memory[0]} MB at the first round, ${memory.at(-1)} MB at the last, ${Math.max(...memory)} MB at most`,
  };
  const lines = Object.entries(rows).map(([title, text]) => `${title.padEnd(17)} ${text}`);
  return ['', ...lines].join('\n');
}

function sum(
  rounds: readonly Round[],
  field: 'writes' | 'idle' | 'refused' | 'unanswered' | 'views',
): number {
  return rounds.reduce((total, round) => total + round[field], 0);
}

function wrongViews(rounds: readonly Round[]): number {
  return rounds.reduce((total, { differences }) => total + differences.length, 0);
}

/** Returns the resident memory of the largest of the nodes' processes, in MB. */
async function largestNode(run: ConvergenceRun): Promise<number> {
  const pids = run.fleet.members.map(({ node }) => node.process.pid).join();
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', pids]);
  return Math.round(Math.max(...stdout.trim().split('\n').map(Number)) / 1024);
}
