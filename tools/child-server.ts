/**
 * A program this run starts and stops: `redis-server`, `mongod`, the embedded servers, `go build`.
 *
 * Called by services.ts and embedded.ts. Everything is started through watchdog.mjs, which stops it and removes its
 * temporary directory as soon as this process is gone, whichever way it went: there is nothing to do on exit.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const WATCHDOG = fileURLToPath(new URL('watchdog.mjs', import.meta.url));

/** How long a server may take until it says that it is ready, ms. `mongod` needs some seconds on a busy machine. */
const READY_DEADLINE = 60_000;

/** How many lines of a program's output are kept for an error message. */
const TAIL_LINES = 20;

/** A program that runs under the watchdog. */
export interface WatchedChild {
  readonly process: ChildProcess;
  /** The last lines it wrote, indented for an error message. */
  tail(): string;
  /** How it ended, as `exit code 1` or `SIGKILL`; rejects if it could not be started. */
  readonly ended: Promise<string>;
  /** Stops it and waits until it has ended. Idempotent. */
  stop(): Promise<void>;
}

/** A server that has said where it listens. */
export interface ChildServer {
  /** What `ready` matched in its output. */
  readonly match: RegExpExecArray;
  stop(): Promise<void>;
}

export interface ChildServerOptions {
  /** For messages: `redis-server`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** A line of its output by which it says that it listens. */
  readonly ready: RegExp;
  /** Told when the server ends without having been asked to. */
  readonly log: (line: string) => void;
}

/**
 * Starts a program in a temporary directory of its own. It ends with this process at the latest.
 *
 * @param onLine told each line of its output, of both streams
 */
export function spawnWatched(
  command: string,
  args: readonly string[],
  onLine: (line: string) => void = () => {},
  env: NodeJS.ProcessEnv = process.env,
): WatchedChild {
  const child = spawn(process.execPath, [WATCHDOG, command, ...args], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    // Not in the terminal's process group: Ctrl-C is for this process, which still needs its servers to shut down.
    detached: true,
  });
  child.stdin.on('error', () => {});

  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > TAIL_LINES) lines.shift();
      onLine(line);
    });
  }

  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  ended.catch(() => {});

  return {
    process: child,
    ended,
    tail: () => lines.map((line) => `  ${line}`).join('\n') || '  (no output)',
    stop: async () => {
      child.stdin.end();
      await ended.catch(() => {});
    },
  };
}

/**
 * Starts a server and waits until it says that it listens.
 *
 * @throws Error with the end of the server's output, if it ends before that or takes too long
 */
export async function startServer(options: ChildServerOptions): Promise<ChildServer> {
  const { name, command, args, ready, log } = options;
  let say: (match: RegExpExecArray) => void = () => {};
  const said = new Promise<RegExpExecArray>((resolve) => {
    say = resolve;
  });
  let stopping = false;
  const child = spawnWatched(command, args, (line) => {
    const match = ready.exec(line);
    if (match) say(match);
  });

  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${name} was not ready after ${READY_DEADLINE / 1000} s:\n${child.tail()}`)),
      READY_DEADLINE,
    );
  });
  const early = child.ended.then((how): never => {
    throw new Error(`${name} ended before it was ready (${how}):\n${child.tail()}`);
  });
  early.catch(() => {});

  try {
    const match = await Promise.race([said, late, early]);
    child.ended.then(
      (how) => {
        if (!stopping) log(`${name} ended unexpectedly (${how}):\n${child.tail()}`);
      },
      () => {},
    );
    return {
      match,
      stop: () => {
        stopping = true;
        return child.stop();
      },
    };
  } catch (error) {
    await child.stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** The path of a program that the PATH finds, or undefined. */
export function findOnPath(program: string): string | undefined {
  const file = process.platform === 'win32' ? `${program}.exe` : program;
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, file))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
