/**
 * The process of one Meteor node: starts it, waits until it answers by HTTP, collects its log, stops it.
 *
 * Called by stand-in-nodes.ts, for the demo and the benchmark, and by the tests. The tests also run on Meteor, which loads
 * no npm package but those of `package.js`: hence Node's built-in modules instead of execa.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { withDeadline } from './deadline';
import { guardProcess } from './process-guard';

/** A node starts within seconds. Eight at once on a small machine take longer, those of Meteor longest. */
const START_TIMEOUT_MS = 90_000;
const POLL_INTERVAL_MS = 50;
/** After this time a node that is stopped gets SIGKILL. */
const STOP_GRACE_MS = 3000;

export interface NodeProcessOptions {
  /** Of Node.js: its own options, the program, and the program's. */
  readonly args: readonly string[];
  /** The URL at which the node answers. */
  readonly url: string;
  /** All of its environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Called with each line of its output. */
  readonly onLine?: (line: string) => void;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface NodeProcess {
  readonly process: ChildProcess;
  readonly url: string;
  /** Resolves when the process has ended. Never rejects. */
  readonly ended: Promise<Ending>;
  /** Returns everything that the node has logged. */
  log(): string;
  /** Ends the process and waits until it has ended. Idempotent. @param signal SIGTERM by default */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts the process. It ends with this one, in whichever way this one ends. */
export function spawnNode({ args, url, env, onLine }: NodeProcessOptions): NodeProcess {
  // Detached: Ctrl-C reaches this process only, which then stops its nodes in order.
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
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
    url,
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
 * Waits until a node answers.
 *
 * @throws Error with the node's log when it ends first or takes too long
 */
export async function nodeAnswers(node: NodeProcess, timeoutMs = START_TIMEOUT_MS): Promise<void> {
  const { url, ended, log } = node;
  try {
    await withDeadline(timeoutMs, 'an answer', async (signal) => {
      const failed = ended.then((ending): never => {
        throw new Error(`it ended (${describeEnding(ending)})`);
      });
      await Promise.race([untilAnswer(url, signal), failed]);
      // The answer came from another process, which had taken the port.
      if (node.process.exitCode !== null) await failed;
    });
  } catch (error) {
    throw new Error(`The node ${url} did not start: ${(error as Error).message}. Its log:\n${log()}`);
  }
}

/** Returns how a process ended, as `exit code 1` or `SIGKILL`. */
export function describeEnding({ code, signal }: Ending): string {
  return signal ?? `exit code ${code}`;
}

async function untilAnswer(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await answers(url))) await pause(POLL_INTERVAL_MS);
}

/** Returns whether there is any answer. The nodes of the benchmark and of the tests have no page. */
function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.arrayBuffer().then(() => true),
    () => false,
  );
}
