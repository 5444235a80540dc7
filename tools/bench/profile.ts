/**
 * Where the time of a `.cpuprofile` went, by part of the program. Called by show-profile.ts. Pure but for reading the file.
 *
 * What Node.js and built-in functions take (socket writes, timers, promises) is put down to the part that called them. A
 * profile is of the clock: on a busy machine, the time in `write` holds what the kernel gave to whom it woke up.
 */

import { readFile } from 'node:fs/promises';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly children?: readonly number[];
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** By what a URL contains; the first that fits. */
const PARTS: readonly [string, RegExp][] = [
  ['Cluster (src)', /\/src\//],
  ['Meteor: observe drivers, minimongo', /mongodb-livedata-server.*\/(mongo|diff-sequence|binary-heap)\//],
  ['Meteor: DDP, sessions', /mongodb-livedata-server.*\/(ddp)\//],
  ['Meteor: EJSON', /mongodb-livedata-server.*\/ejson\//],
  ['MongoDB driver', /\/(mongodb|mongodb-connection-string-url)\//],
  ['BSON', /\/bson\//],
  ['Redis client', /\/@?redis\//],
  ['WebSockets', /\/(ws|faye-websocket|sockjs|websocket-driver|websocket-extensions|permessage-deflate)\//],
  ['stand-in, bench node', /\/(stand-in|bench)\//],
];

export interface ProfileLine {
  readonly part: string;
  /** Of the time that was not idle. */
  readonly share: number;
  /** The functions that took most, each with its share. */
  readonly top: readonly string[];
}

export async function readProfile(file: string): Promise<ProfileLine[]> {
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const parts = new Map<string, Map<string, number>>();
  let total = 0;
  for (const [i, id] of samples.entries()) {
    const { functionName = '' } = frames.get(id) ?? {};
    if (functionName === '(idle)') continue;
    const time = Math.max(0, timeDeltas[i] ?? 0);
    const part = partOf(functionName, id, frames, parents);
    const functions = parts.get(part) ?? new Map<string, number>();
    parts.set(part, functions);
    const name = functionName || '(anonymous)';
    functions.set(name, (functions.get(name) ?? 0) + time);
    total += time;
  }
  return [...parts]
    .map(([part, functions]) => {
      const sorted = [...functions].sort(([, a], [, b]) => b - a);
      const sum = sorted.reduce((all, [, time]) => all + time, 0);
      const top = sorted.slice(0, 5).map(([name, time]) => `${name} ${percent(time / total)}`);
      return { part, share: sum / total, top };
    })
    .sort((a, b) => b.share - a.share);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function partOf(
  functionName: string,
  id: number,
  frames: ReadonlyMap<number, { readonly url: string }>,
  parents: ReadonlyMap<number, number>,
): string {
  if (functionName === '(garbage collector)') return 'garbage collection';
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const url = frames.get(at)?.url ?? '';
    if (url === '' || url.startsWith('node:')) continue;
    return PARTS.find(([, pattern]) => pattern.test(url))?.[0] ?? 'other packages';
  }
  return 'Node.js itself';
}
