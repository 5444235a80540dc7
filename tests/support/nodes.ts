/**
 * Starts nodes, one process each, and looks at them from outside: through DDP, as a browser does.
 *
 * A node is this very program started once more with `CLUSTER_TEST_NODE` set, under Meteor and under the stand-in
 * alike; `node-app.ts` then serves the tests' application. Nodes look at the database by themselves only every
 * hour: what a client sees of another node's writes, it sees because of Cluster.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { DDP } from 'meteor/ddp';
import { Mongo } from 'meteor/mongo';
import { eventually } from './eventually';
import type { Item, Methods, NodeConfig } from './node-app';

const HOUR = 3_600_000;
/** Starting Meteor takes seconds, several at once on a small machine take more. */
const START_TIMEOUT = 90_000;

export interface TestNode {
  readonly process: ChildProcess;
  readonly url: string;
  /** The one it was told to use. */
  readonly strategy: string;
  /** Everything the node has logged so far. */
  log(): string;
  call<Name extends keyof Methods>(name: Name, ...args: Parameters<Methods[Name]>): ReturnType<Methods[Name]>;
  /** A new client with one subscription that is ready. */
  client(publication: string, ...params: unknown[]): Promise<TestClient>;
  stop(): Promise<void>;
}

export interface TestClient {
  /** What the client sees of the collection `items`, by id. */
  items(): Promise<Item[]>;
  ids(): Promise<string[]>;
  /** Over the same connection, so that what comes back has been ordered with what the subscription sends. */
  call<Name extends keyof Methods>(name: Name, ...args: Parameters<Methods[Name]>): ReturnType<Methods[Name]>;
  disconnect(): void;
}

export interface NodeOptions extends Partial<NodeConfig> {
  readonly env?: NodeJS.ProcessEnv;
}

const logs: (() => string)[] = [];
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts nodes side by side. All of them use the database and the Redis of this process unless told otherwise. */
export function startNodes(count: number, options: NodeOptions = {}): Promise<TestNode[]> {
  return Promise.all(Array.from({ length: count }, () => startNode(options)));
}

export async function startNode({
  cluster = {},
  sync = ['items'],
  clients,
  env = {},
}: NodeOptions = {}): Promise<TestNode> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: {
      ...process.env,
      // The parent's role and its connection to Meteor's tool are not the child's.
      TINYTEST: undefined,
      METEOR_PARENT_PID: undefined,
      // Reactivity has to come from Cluster, not from an oplog or change streams that a test database may have.
      MONGO_OPLOG_URL: undefined,
      METEOR_SETTINGS: JSON.stringify({ packages: { mongo: { reactivity: ['oplog', 'polling'] } } }),
      METEOR_POLLING_INTERVAL_MS: String(HOUR),
      PORT: String(port),
      BIND_IP: '127.0.0.1',
      ROOT_URL: url,
      CLUSTER_TEST_NODE: JSON.stringify({ cluster, sync, clients } satisfies NodeConfig),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  logs.push(() => log);
  const exited = once(child, 'exit').then(() => running.delete(child));
  await eventually(
    `a node to listen on ${url}; it has logged:\n${log}`,
    () => answers(url, child),
    START_TIMEOUT,
  );
  const connection = DDP.connect(url);
  return {
    process: child,
    url,
    strategy: cluster.strategy ?? 'auto',
    log: () => log,
    call: (name, ...args) => connection.callAsync(name, ...(args as never[])) as never,
    client: (publication, ...params) => connectClient(url, publication, params),
    async stop() {
      connection.disconnect();
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Everything that every node of this process has logged so far. */
export function everythingLogged(): string {
  return logs.map((log) => log()).join('\n');
}

/** Waits until every node hears the channel. */
export async function connected(nodes: readonly TestNode[]): Promise<void> {
  for (const node of nodes) {
    await eventually(`${node.url} to hear the channel; it has logged:\n${node.log()}`, async () => {
      return (await node.call('status')).connected;
    });
  }
}

async function connectClient(url: string, publication: string, params: unknown[]): Promise<TestClient> {
  const connection = DDP.connect(url);
  const options = { connection, _suppressSameNameError: true, defineMutationMethods: false };
  const items = new Mongo.Collection<Item>('items', options as object);
  await new Promise<void>((resolve, reject) => {
    connection.subscribe(publication, ...params, {
      onReady: resolve,
      onStop: (error?: Error) => reject(error ?? new Error(`subscription ${publication} stopped`)),
    });
  });
  const sorted = async () => (await items.find({}).fetchAsync()).sort((a, b) => (a._id < b._id ? -1 : 1));
  return {
    items: sorted,
    ids: async () => (await sorted()).map((item) => item._id),
    call: (name, ...args) => connection.callAsync(name, ...(args as never[])) as never,
    disconnect: () => connection.disconnect(),
  };
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`a node ended with exit code ${child.exitCode}`);
  return fetch(url).then(
    () => true,
    () => false,
  );
}

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port could be had');
  return address.port;
}
