/**
 * Ends the processes that this process has started when this process ends, in whichever way.
 *
 * Used by `node-process.ts` and `redis-server.ts`. A handler of `exit` does not run after SIGKILL, nor by default after
 * SIGTERM, and the process of the tests may get either from Meteor's tool. So another process holds the other end
 * of a pipe: the end of its standard input is the one sign of this process' end that even SIGKILL gives. It then kills
 * what is registered, also processes that a test has stopped with SIGSTOP, which could notice nothing by themselves.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Plain JavaScript for `node -e`: a file of its own would not be part of a package that Meteor has built. */
const PROGRAM = `
const { rmSync } = require('node:fs');
const pids = new Set();
const directories = new Set();
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { add, pid, directory } = JSON.parse(line);
  const [set, value] = pid === undefined ? [directories, directory] : [pids, pid];
  if (add) set.add(value); else set.delete(value);
}).on('close', () => {
  for (const pid of pids) try { process.kill(pid, 'SIGKILL'); } catch {}
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  process.exit();
});
`;

let guard: ChildProcess | undefined;

/** Registers a child process until it has ended. */
export function guardProcess(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  send({ add: true, pid });
  // Another process may get the same number later.
  child.once('exit', () => send({ add: false, pid }));
}

/**
 * Registers a directory to be removed.
 *
 * @returns ends that
 */
export function guardDirectory(directory: string): () => void {
  send({ add: true, directory });
  return () => send({ add: false, directory });
}

function send(entry: object): void {
  guard ??= startGuard();
  guard.stdin?.write(`${JSON.stringify(entry)}\n`);
}

function startGuard(): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=commonjs', '-e', PROGRAM], {
    stdio: ['pipe', 'ignore', 'inherit'],
    // Not in this process' group, which Ctrl-C ends as a whole.
    detached: true,
    // The options of this process, such as loaders, are not for the guard.
    env: { ...process.env, NODE_OPTIONS: undefined },
  });
  child.stdin.on('error', () => {});
  child.unref();
  (child.stdin as Socket).unref();
  return child;
}
