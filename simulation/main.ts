/**
 * `npm run simulate` (by `scripts/simulate.ts`): the package's session on hundreds of nodes in one process, on virtual time.
 *
 * - `random`: writes under random faults; the exit code is 1 when a node does not show a change.
 * - `feed`: the same with the real feed, on the observe drivers of `mongodb-livedata-server`.
 * - `restarts`: nodes are restarted one after the other while nothing is written.
 * - `scaling`: the load of clusters of several sizes, as a table.
 */

import { InvalidArgumentError } from '@commander-js/extra-typings';
import { markdownTable } from 'markdown-table';
import { commandLine, listOf, oneOf, wholeNumber } from '../tools/command-line';
import { newSeed } from '../tools/random';
import { FAULT_NAMES } from './faults';
import { isFound, type RandomScenario, runRandomScenario, type ScenarioResult } from './random-scenario';
import { runRestartScenario } from './restart-scenario';
import { type Load, runScalingScenario } from './scaling-scenario';

const MAX_SEED = 2 ** 31 - 1;
const SECRET = 'the secret of a simulation';
/** How often the progress is logged, in rounds. */
const PROGRESS_ROUNDS = 100;
const counts = listOf(wholeNumber(1, 2000));

const options = commandLine('npm run simulate', 'Runs many nodes in one process, on virtual time.')
  .option(
    '--scenario <name>',
    'writes under random faults, the same with the feed, restarts without writes, or the load of clusters',
    oneOf(['random', 'feed', 'restarts', 'scaling']),
    'random',
  )
  .option('--nodes <numbers>', 'the number of nodes; several for scaling', counts, [8])
  .option('--collections <numbers>', 'the number of synced collections; several for scaling', counts, [3])
  .option('--writes <number>', 'random: how many documents to write', wholeNumber(1, 1e9), 100_000)
  .option(
    '--rates <numbers>',
    'scaling: writes of the whole cluster, per second',
    listOf(wholeNumber(0, 10_000)),
    [0, 100],
  )
  .option(
    '--faults <words>',
    'random: only the faults whose names contain the words',
    faultsNamed,
    FAULT_NAMES,
  )
  .option('--until-found', 'random: the first finding ends the run')
  .option('--secret', 'random: messages are authenticated')
  .option('--seed <number>', 'repeats a run', wholeNumber(0, MAX_SEED))
  .parse()
  .opts();

const seed = options.seed ?? newSeed();
const [nodes = 8] = options.nodes;
const [collections = 3] = options.collections;
console.log(`scenario ${options.scenario}, seed ${seed}`);
const isFed = options.scenario === 'feed';
if (options.scenario === 'random' || isFed) process.exitCode = (await random()) ? 0 : 1;
else if (options.scenario === 'restarts') process.exitCode = (await restarts()) ? 0 : 1;
else await scaling();

/** @throws InvalidArgumentError when there are none */
function faultsNamed(words: string): readonly string[] {
  const names = FAULT_NAMES.filter((name) => name.includes(words));
  if (names.length > 0) return names;
  throw new InvalidArgumentError(`Expected words of one of: ${FAULT_NAMES.join(', ')}; got "${words}".`);
}

/** Returns whether nothing was found. */
async function random(): Promise<boolean> {
  const scenario: RandomScenario = {
    seed,
    writes: options.writes,
    stopsWhenFound: options.untilFound ?? false,
    shape: {
      nodes,
      collections,
      workload: isFed ? 'live queries' : { documents: 3000, groups: 8, shownGroups: 4 },
      config: options.secret ? { secret: SECRET } : {},
    },
    faults: options.faults,
    onRound: ({ rounds, writes, lost }) => {
      if (rounds % PROGRESS_ROUNDS === 0)
        console.log(`${rounds} rounds, ${writes} writes, ${lost.length} lost`);
    },
  };
  const started = performance.now();
  const result = await runRandomScenario(scenario);
  console.log(summaryOf(result, (performance.now() - started) / 1000));
  for (const each of result.lost) console.log(`LOST, ${each}`);
  for (const each of result.unsettled) console.log(`UNSETTLED, ${each}`);
  return !isFound(result);
}

function summaryOf(result: ScenarioResult, seconds: number): string {
  const { rounds, writes, lost, unsettled, leftToPolling, faults, virtualMs, reads, requeries, traffic } =
    result;
  const rows = {
    writes: `${writes} documents in ${rounds} rounds on ${nodes} nodes, ${collections} collections`,
    time: `${Math.round(virtualMs / 1000)} s of virtual time in ${seconds.toFixed(0)} s`,
    lost: String(lost.length),
    unsettled: String(unsettled.length),
    'left to polling': `${leftToPolling}, of nodes that ended while they could not publish, or before others knew them`,
    faults: [...faults].map(([name, count]) => `${name} ${count}`).join(', '),
    messages: `${traffic.publishedMessages} published, ${traffic.deliveredMessages} delivered`,
    database: `${reads} reads, ${requeries} live queries run again by the nodes alive at the end`,
  };
  return Object.entries(rows)
    .map(([title, text]) => `${title.padEnd(16)} ${text}`)
    .join('\n');
}

/** Returns whether nodes that leave cost the others nothing, and each one that is killed costs one resync. */
async function restarts(): Promise<boolean> {
  let isAsExpected = true;
  const shape = { nodes, collections, workload: { documents: 100, groups: 8, shownGroups: 8 } };
  for (const [ending, count] of [
    ['leave', nodes],
    ['kill', Math.min(nodes, 5)],
  ] as const) {
    const result = await runRestartScenario({ seed, shape, ending, restarts: count });
    isAsExpected &&=
      result.resyncsPerCollection === (ending === 'leave' ? 0 : 1) && result.resyncsOfJoined === 1;
    console.log(
      `${ending}: ${count} of ${nodes} nodes restarted; the others resynced each collection ` +
        `${result.resyncsPerCollection} times a restart, and re-ran ${result.requeries} live queries in all; ` +
        `a node that joined resynced each collection ${result.resyncsOfJoined} times at most`,
    );
  }
  return isAsExpected;
}

async function scaling(): Promise<void> {
  const head = ['nodes', 'collections', 'writes/s', 'messages/s a node', 'KB/s a node', 'CPU a node'];
  const rows = [[...head, 'messages/s of Redis', 'Mbit/s of Redis', 'reads/s']];
  for (const size of options.nodes) {
    for (const each of options.collections) {
      for (const writesPerSecond of options.rates) {
        const shape = {
          nodes: size,
          collections: each,
          workload: { documents: 100, groups: size, shownGroups: 1 },
        };
        const load = await runScalingScenario({ seed, shape, writesPerSecond });
        rows.push([size, each, writesPerSecond, ...cellsOf(load)].map(String));
        console.log(rows.at(-1)?.join('  '));
      }
    }
  }
  console.log(`\n${markdownTable(rows, { align: 'r' })}`);
}

function cellsOf(load: Load): string[] {
  return [
    load.messagesPerNode.toFixed(0),
    (load.bytesPerNode / 1000).toFixed(0),
    `${(load.cpuMsPerNode / 10).toFixed(2)} %`,
    load.messages.toFixed(0),
    ((load.bytes * 8) / 1e6).toFixed(1),
    load.reads.toFixed(0),
  ];
}
