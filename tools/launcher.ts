/**
 * The one launcher of long-running processes: nodes and servers. Starts a process, collects its log, waits until it is ready,
 * stops it.
 *
 * Called by stand-in-nodes.ts and server-process.ts, and by the tests. The tests also run on Meteor, which loads no npm
 * package but those of `package.js`: hence Node's built-in modules instead of execa.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { withDeadline } from './deadline';
import { guardProcess } from './process-guard';

/** Nodes of Meteor and `mongod` start within seconds. Eight at once on a small machine take longer. */
const READY_TIMEOUT_MS = 90_000;
const POLL_INTERVAL_MS = 50;
/** After this time a process that is stopped gets SIGKILL. */
const STOP_GRACE_MS = 3000;
/** The end of the log that an error shows. */
const TAIL_LINES = 20;

export interface LaunchOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** All of its environment. @default that of this process */
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line of its output. */
  readonly onLine?: (line: string) => void;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Launched {
  readonly process: ChildProcess;
  /** Resolves when the process has ended. Never rejects. */
  readonly ended: Promise<Ending>;
  /** Returns everything that the process has logged. */
  log(): string;
  /** Ends the process and waits until it has ended. Idempotent. @param signal SIGTERM by default */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a process. It ends with this one, in whichever way this one ends. */
export function launch({ command, args, cwd, env = process.env, onLine }: LaunchOptions): Launched {
  // Detached: Ctrl-C reaches this process only, which then stops the others in order.
  // A pipe as standard input: the embedded servers end when it ends.
  const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  guardProcess(child);
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      onLine?.(line);
    });
  }
  // `close` follows the end of the output, so that the log is complete.
  const ended = once(child, 'close').then(
    ([code, signal]): Ending => ({ code, signal }),
    (error): Ending => {
      lines.push(String(error));
      return { code: null, signal: null };
    },
  );
  return {
    process: child,
    ended,
    log: () => lines.join('\n'),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/**
 * Waits until a process is ready.
 *
 * @param name for the error
 * @param work resolves when the process is ready; gets a signal that aborts when the wait ends
 * @throws Error with the end of the log when the process ends first or takes too long; it has ended then
 */
export async function untilReady<Value>(
  launched: Launched,
  name: string,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const failed = launched.ended.then((ending): never => {
    throw new Error(`it ended (${describeEnding(ending)})`);
  });
  try {
    return await withDeadline(READY_TIMEOUT_MS, 'it to be ready', (signal) =>
      Promise.race([work(signal), failed]),
    );
  } catch (error) {
    await launched.stop();
    throw new Error(`${name} did not start: ${(error as Error).message}. Its log ends:\n${tailOf(launched)}`);
  }
}

/**
 * Waits until a node gives any answer by HTTP.
 *
 * @throws Error with the end of the log when the node ends first or takes too long; it has ended then
 */
export async function untilAnswer(node: Launched, url: string): Promise<void> {
  await untilReady(node, `The node ${url}`, async (signal) => {
    while (!signal.aborted && !(await answers(url))) await pause(POLL_INTERVAL_MS);
    // The answer came from another process, which had taken the port.
    if (node.process.exitCode !== null) await node.ended;
  });
}

/** Returns how a process ended, as `exit code 1` or `SIGKILL`. */
export function describeEnding({ code, signal }: Ending): string {
  return signal ?? `exit code ${code}`;
}

/** Returns the end of a process's log, for an error. */
export function tailOf({ log }: Launched): string {
  return log().split('\n').slice(-TAIL_LINES).join('\n');
}

/** Returns whether there is any answer by HTTP. */
export function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.arrayBuffer().then(() => true),
    () => false,
  );
}
