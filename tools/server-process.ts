/**
 * The process of a server (`redis-server`, `mongod`, an embedded one): starts it, waits until it is ready, stops it.
 *
 * Called by services.ts. A server runs in a temporary directory of its own, which is removed with it. Both end with this
 * process, in whichever way it ends.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { withDeadline } from './deadline';
import { guardDirectory, guardProcess } from './process-guard';

/** `mongod` needs some seconds on a busy machine. */
const READY_TIMEOUT_MS = 60_000;
/** After this time a server that is stopped gets SIGKILL. */
const STOP_GRACE_MS = 3000;
/** The end of the output that an error shows. */
const TAIL_LINES = 20;

export interface ServerOptions {
  /** The name for messages: `redis-server`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Matches the line of its output that follows when it listens. */
  readonly ready: RegExp;
  /** Called with a message when the server ends without having been stopped. */
  readonly log: (line: string) => void;
}

export interface ServerProcess {
  /** What `ready` has matched. */
  readonly match: RegExpExecArray;
  /** Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a server and waits until it is ready.
 *
 * @throws Error with the end of the server's output when it ends first or takes too long
 */
export async function startServer({
  name,
  command,
  args,
  ready,
  log,
}: ServerOptions): Promise<ServerProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'meteor-cluster-'));
  const unguardDirectory = guardDirectory(directory);
  const child = execa(command, args, {
    cwd: directory,
    // The embedded servers end when their standard input does.
    stdin: 'pipe',
    all: true,
    buffer: false,
    reject: false,
    // Ctrl-C reaches this process only, which still needs its servers to stop in order.
    detached: true,
    cleanup: false,
    forceKillAfterDelay: STOP_GRACE_MS,
  });
  guardProcess(child);
  const tail: string[] = [];
  let isReady = false;
  let isStopping = false;
  const stop = async () => {
    isStopping = true;
    child.kill();
    await child;
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    unguardDirectory();
  };
  const matched = new Promise<RegExpExecArray>((resolve, reject) => {
    const read = async () => {
      for await (const line of child.iterable({ from: 'all' })) {
        tail.push(line);
        if (tail.length > TAIL_LINES) tail.shift();
        const match = isReady ? null : ready.exec(line);
        isReady ||= match !== null;
        if (match) resolve(match);
      }
      const { signal, exitCode, cause } = await child;
      const ending = `it ended (${signal ?? (cause instanceof Error ? cause.message : `exit code ${exitCode}`)})`;
      if (isReady && !isStopping) log(`${name}: ${ending}:\n${tail.join('\n')}`);
      reject(new Error(ending));
    };
    read().catch(reject);
  });
  try {
    const match = await withDeadline(READY_TIMEOUT_MS, 'it to be ready', () => matched);
    return { match, stop };
  } catch (error) {
    await stop();
    throw new Error(`${name} did not start: ${(error as Error).message}. Its output:\n${tail.join('\n')}`);
  }
}
