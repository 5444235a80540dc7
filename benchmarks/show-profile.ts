/**
 * `tsx benchmarks/show-profile.ts FILE…`: prints the parts of the program that took the CPU in profiles that
 * `npm run bench -- --profile` has recorded.
 *
 * The time of Node.js and built-in functions (socket writes, timers, promises) counts for the part that called them. A
 * profile measures the clock: on a busy machine, the time of a `write` includes that of the processes it woke up.
 */

import { readFile } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';

/** The first whose pattern matches a file's URL. */
const PARTS: readonly [string, RegExp][] = [
  ['Cluster (src)', /\/src\//],
  ['Meteor: observe drivers, minimongo', /mongodb-livedata-server.*\/(mongo|diff-sequence|binary-heap)\//],
  ['Meteor: DDP, sessions', /mongodb-livedata-server.*\/(ddp)\//],
  ['Meteor: EJSON', /mongodb-livedata-server.*\/ejson\//],
  ['MongoDB driver', /\/(mongodb|mongodb-connection-string-url)\//],
  ['BSON', /\/bson\//],
  ['Redis client', /\/@?redis\//],
  ['WebSockets', /\/(ws|faye-websocket|sockjs|websocket-driver|websocket-extensions|permessage-deflate)\//],
  ['stand-in, bench node', /\/(stand-in|benchmarks)\//],
];
/** The functions that are shown of each part. */
const TOP = 5;

for (const file of process.argv.slice(2)) {
  console.log(file);
  printProfile(JSON.parse(await readFile(file, 'utf8')));
}

function printProfile({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): void {
  const partOf = partsOf(nodes);
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName || '(anonymous)']));
  const parts = new Map<string, Map<string, number>>();
  let total = 0;
  for (const [i, id] of samples.entries()) {
    const name = names.get(id) ?? '';
    // `dispatch` is the inspector, which starts and stops the recording.
    if (name === '(idle)' || name === 'dispatch') continue;
    const time = Math.max(0, timeDeltas[i] ?? 0);
    const functions = parts.get(partOf(id)) ?? new Map<string, number>();
    parts.set(partOf(id), functions.set(name, (functions.get(name) ?? 0) + time));
    total += time;
  }
  const percent = (time: number) => `${((100 * time) / total).toFixed(1)} %`;
  const sumOf = (functions: ReadonlyMap<string, number>) =>
    [...functions.values()].reduce((a, b) => a + b, 0);
  for (const [part, functions] of [...parts].sort(([, a], [, b]) => sumOf(b) - sumOf(a))) {
    const top = [...functions].sort(([, a], [, b]) => b - a).slice(0, TOP);
    const shown = top.map(([name, time]) => `${name} ${percent(time)}`).join(', ');
    console.log(`${percent(sumOf(functions)).padStart(8)}  ${part}: ${shown}`);
  }
}

/** Returns the part of the nearest caller that is in a file of the program or its packages. */
function partsOf(nodes: Profiler.Profile['nodes']): (id: number) => string {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  return (id) => {
    if (frames.get(id)?.functionName === '(garbage collector)') return 'garbage collection';
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const url = frames.get(at)?.url ?? '';
      if (url === '' || url.startsWith('node:')) continue;
      return PARTS.find(([, pattern]) => pattern.test(url))?.[0] ?? 'other packages';
    }
    return 'Node.js itself';
  };
}
