/**
 * Runs one command in a temporary directory until it ends or whoever started this is gone.
 *
 *     node watchdog.mjs <command> [argument...]
 *
 * Started by tools/child-server.ts, which holds the other end of standard input and never writes to it. The end of
 * standard input is the one sign of a parent's end that even SIGKILL gives; then the command is stopped, with all it
 * started, and the directory removed. Plain JavaScript, because it should be running before `tsx` could have loaded.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long a command may take to end by itself, ms. */
const GRACE = 3000;

const [command, ...args] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'meteor-cluster-'));
const removeDirectory = () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });

const child = spawn(command, args, {
  cwd: directory,
  env: { ...process.env, TMPDIR: directory },
  // The command gets a standard input of its own, so that one which watches it outlives not even this process.
  stdio: ['pipe', 'inherit', 'inherit'],
  // A process group of its own: the compilers that `go build` starts are stopped with it.
  detached: true,
});

/** @param {NodeJS.Signals} signal */
function signalAll(signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  child.stdin.end();
  signalAll('SIGTERM');
  setTimeout(() => signalAll('SIGKILL'), GRACE).unref();
}

child.stdin.on('error', () => {});
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  removeDirectory();
  process.exit(127);
});
child.on('exit', (code) => {
  if (stopping) signalAll('SIGKILL');
  removeDirectory();
  process.exit(code ?? 1);
});

process.stdin.on('end', stop).on('error', stop).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
