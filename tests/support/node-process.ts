/**
 * Starts the process of one node.
 *
 * A node is this very program started once more with `CLUSTER_TEST_NODE` set, or on the stand-in a bundle that
 * `tools/stand-in-bundle.ts` has made. `node-app.ts` then serves the tests' application. Nodes poll only every hour: a client
 * receives other nodes' writes because of Cluster.
 */

import { freePort } from '../../tools/free-port';
import { type Ending, type Launched, launch, untilAnswer } from '../../tools/launcher';
import { eventually } from './eventually';
import type { NodeConfig } from './node-config';

const HOUR_MS = 3_600_000;

export interface NodeOptions extends Partial<NodeConfig> {
  readonly env?: NodeJS.ProcessEnv;
  /** Whether it is the process 1 of a PID namespace, as in a container without an init. Its ending is an exit code. */
  readonly isProcessOne?: boolean;
}

export interface NodeProcess extends Launched {
  readonly url: string;
}

const started: Launched[] = [];

/** Starts a process. It uses the database and the Redis of this process unless `options` says otherwise. */
export async function spawnNode({
  env = {},
  isProcessOne = false,
  ...config
}: NodeOptions = {}): Promise<NodeProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = [process.execPath, ...programOfNode()];
  const node = launch({
    ...(isProcessOne ? inNamespace(...program) : { command: process.execPath, args: program.slice(1) }),
    env: { ...process.env, ...nodeEnvironment(port, url), CLUSTER_TEST_NODE: JSON.stringify(config), ...env },
  });
  started.push(node);
  return { ...node, url };
}

/** On the stand-in a node is a bundle of its own; elsewhere this very program. */
function programOfNode(): string[] {
  const { CLUSTER_TEST_NODE_PROGRAM: bundle } = process.env;
  return bundle ? [bundle] : [...process.execArgv, ...process.argv.slice(1)];
}

/** Returns how to run a program as the process 1 of a PID namespace, on Linux. */
export function inNamespace(...program: string[]) {
  return {
    command: 'unshare',
    args: ['--pid', '--fork', '--kill-child', '--mount-proc', ...program],
  };
}

/**
 * Waits until a node serves.
 *
 * @throws Error with the node's log, when it ends or takes too long; its process has ended then
 */
export function serving(node: NodeProcess): Promise<void> {
  return untilAnswer(node, node.url);
}

/** Waits until a process has ended. @throws Error with its log, when that takes too long */
export async function ending({ process: child, ended, url, log }: NodeProcess): Promise<Ending> {
  const what = () => `the process of ${url} to end; it has logged:\n${log()}`;
  await eventually(what, () => child.exitCode !== null || child.signalCode !== null);
  return ended;
}

/** Returns everything that every node of this process has logged so far. */
export function everythingLogged(): string {
  return started.map(({ log }) => log()).join('\n');
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
