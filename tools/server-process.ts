/**
 * The process of a server: `redis-server`, `mongod`, or an embedded one.
 *
 * Called by services.ts. A server runs in a temporary directory of its own. Both are gone when this process has ended.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEnding, launch, tailOf, untilReady } from './launcher';
import { guardDirectory } from './process-guard';

export interface ServerOptions {
  /** The name for messages: `redis-server`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Matches the line of its output that it writes when it listens. */
  readonly ready: RegExp;
  /** Called with a message when the server ends without having been stopped. */
  readonly log: (line: string) => void;
}

export interface ServerProcess {
  /** The match of `ready`. */
  readonly match: RegExpExecArray;
  readonly pid: number | undefined;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** @throws Error with the end of the server's output when it ends before it is ready or takes too long */
export async function startServer({
  name,
  command,
  args,
  ready,
  log,
}: ServerOptions): Promise<ServerProcess> {
  const cwd = mkdtempSync(join(tmpdir(), 'meteor-cluster-'));
  const unguard = guardDirectory(cwd);
  let onMatch: (match: RegExpExecArray) => void = () => {};
  const matched = new Promise<RegExpExecArray>((resolve) => {
    onMatch = resolve;
  });
  const onLine = (line: string) => {
    const match = ready.exec(line);
    if (match) onMatch(match);
  };
  const server = launch({ command, args, cwd, onLine });
  const removed = server.ended.then(() => {
    rmSync(cwd, { recursive: true, force: true, maxRetries: 5 });
    unguard();
  });
  const match = await untilReady(server, name, () => matched);
  let isStopping = false;
  void server.ended.then((ending) => {
    if (!isStopping) log(`${name} ended (${describeEnding(ending)}). Its log ends:\n${tailOf(server)}`);
  });
  const stop = async () => {
    isStopping = true;
    await server.stop();
    await removed;
  };
  return { match, pid: server.process.pid, stop };
}
