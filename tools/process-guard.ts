/**
 * Kills the processes that this process has started when this process ends, even by SIGKILL.
 *
 * Called by launcher.ts, server-process.ts, run-on-stand-in.ts and embedded/build.ts. It starts one more process, the guard,
 * which holds the other end of a pipe. The end of its standard input is the only sign of this process's end that SIGKILL
 * gives as well. The guard then kills every registered process and removes every registered directory. It notices processes
 * that were stopped with SIGSTOP, which could not end by themselves.
 *
 * The tests can use this on Meteor, which loads no npm package but those of `package.js`. Hence it uses Node's built-in
 * modules only, instead of execa's `cleanup`, which does not cover SIGKILL either.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** For `node -e`, as Meteor does not put other files into a built package. */
const PROGRAM = `
const { rmSync } = require('node:fs');
const pids = new Set();
const directories = new Set();
function kill(pid) {
  try { process.kill(pid, 'SIGKILL'); } catch {}
}
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { add, pid, directory } = JSON.parse(line);
  const [set, value] = pid === undefined ? [directories, directory] : [pids, pid];
  if (add) set.add(value); else set.delete(value);
}).on('close', () => {
  for (const pid of pids) { kill(-pid); kill(pid); }
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  process.exit();
});
`;

let guard: ChildProcess | undefined;

/**
 * Registers a child process until it ends. When it was started as `detached`, all processes of its group are killed with it,
 * also when it ends by itself.
 */
export function guardProcess(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  send({ add: true, pid });
  child.once('exit', () => {
    killGroup(pid);
    // Another process may get the same number later.
    send({ add: false, pid });
  });
}

/**
 * Registers a directory to be removed.
 *
 * @returns cancels the registration
 */
export function guardDirectory(directory: string): () => void {
  send({ add: true, directory });
  return () => send({ add: false, directory });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // There is no such group: the process was not detached, or was the only one.
  }
}

function send(entry: object): void {
  guard ??= startGuard();
  guard.stdin?.write(`${JSON.stringify(entry)}\n`);
}

function startGuard(): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=commonjs', '-e', PROGRAM], {
    stdio: ['pipe', 'ignore', 'inherit'],
    // Ctrl-C ends all of this process's group at once.
    detached: true,
    // The options of this process, such as loaders, are not for the guard.
    env: { ...process.env, NODE_OPTIONS: undefined },
  });
  child.stdin.on('error', () => {});
  child.unref();
  (child.stdin as Socket).unref();
  return child;
}
