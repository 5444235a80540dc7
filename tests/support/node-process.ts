/**
 * Starts the process of one node.
 *
 * A node is this very program started once more with `CLUSTER_TEST_NODE` set, under Meteor and under the stand-in
 * alike; `node-app.ts` then serves the tests' application. Nodes poll only every hour: a client receives other nodes'
 * writes because of Cluster.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from './eventually';
import { freePort } from './free-port';
import type { NodeConfig } from './node-config';
import { guardProcess } from './process-guard';
import { collectNodeLog } from './process-log';

const HOUR_MS = 3_600_000;
/** Starting Meteor takes seconds, several at once on a small machine take more. */
const START_TIMEOUT_MS = 90_000;

export interface NodeOptions extends Partial<NodeConfig> {
  readonly env?: NodeJS.ProcessEnv;
}

/** How a process has ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface NodeProcess {
  readonly process: ChildProcess;
  readonly url: string;
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ending>;
  /** Returns everything the node has logged so far. */
  log(): string;
}

/** Starts a process. It uses the database and the Redis of this process unless `options` says otherwise. */
export async function spawnNode({ env = {}, ...config }: NodeOptions = {}): Promise<NodeProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, ...nodeEnvironment(port, url), CLUSTER_TEST_NODE: JSON.stringify(config), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  guardProcess(child);
  const log = collectNodeLog(child);
  const ended = once(child, 'exit').then(([code, signal]): Ending => ({ code, signal }));
  return { process: child, url, ended, log };
}

/**
 * Waits until a node serves.
 *
 * @throws Error with the node's log, when it ends or takes too long
 */
export async function serving({ url, process: child, log }: NodeProcess): Promise<void> {
  const what = () => `a node to listen on ${url}; it has logged:\n${log()}`;
  await eventually(
    what,
    async () => {
      const { exitCode, signalCode } = child;
      if (exitCode !== null || signalCode !== null)
        throw new Error(`it ended with ${exitCode ?? signalCode}`);
      return answers(url);
    },
    START_TIMEOUT_MS,
  );
}

/** Waits until a process has ended. @throws Error with its log, when that takes too long */
export async function ending({ process: child, ended, url, log }: NodeProcess): Promise<Ending> {
  const what = () => `the process of ${url} to end; it has logged:\n${log()}`;
  await eventually(what, () => child.exitCode !== null || child.signalCode !== null);
  return ended;
}

export function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

function nodeEnvironment(port: number, url: string): NodeJS.ProcessEnv {
  return {
    // The parent's role and its connection to Meteor's tool are not the child's.
    TINYTEST: undefined,
    METEOR_PARENT_PID: undefined,
    // Reactivity has to come from Cluster, not from an oplog or change streams that a test database may have.
    MONGO_OPLOG_URL: undefined,
    METEOR_SETTINGS: JSON.stringify({ packages: { mongo: { reactivity: ['oplog', 'polling'] } } }),
    METEOR_POLLING_INTERVAL_MS: String(HOUR_MS),
    PORT: String(port),
    BIND_IP: '127.0.0.1',
    ROOT_URL: url,
  };
}
