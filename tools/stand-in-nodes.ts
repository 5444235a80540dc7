/**
 * Nodes on the stand-in for Meteor, one process each.
 *
 * Called by chat-nodes.ts and by the benchmark. The nodes end with this process.
 */

import { fileURLToPath } from 'node:url';
import { describeEnding, nodeAnswers, spawnNode } from './node-process';
import type { Services } from './services';

const ROOT = new URL('../', import.meta.url);
const STAND_IN = fileURLToPath(new URL('stand-in/main.ts', ROOT));
const STAND_IN_TSCONFIG = fileURLToPath(new URL('stand-in/tsconfig.json', ROOT));
const TSX = import.meta.resolve('tsx');
/** The end of a node's log that an error shows. */
const TAIL_LINES = 20;

export interface StandInNodesOptions {
  /** The file or the application's folder that each node loads, relative to the repository. */
  readonly application: string;
  /** One node for each port of 127.0.0.1. */
  readonly ports: readonly number[];
  readonly services: Pick<Services, 'redisUrl' | 'mongoUrl'>;
  /** Variables of the nodes, in addition to those of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Options of Node.js. */
  readonly nodeOptions?: readonly string[];
  /** Called with each line of a node's log. */
  readonly onLine?: (port: number, line: string) => void;
}

export interface StandInNodes {
  /** In the order of the ports. */
  readonly urls: readonly string[];
  /** Rejects when a node ends that was not stopped. Never resolves. */
  readonly failed: Promise<never>;
  /** Stops all nodes and waits until they have ended. Idempotent. */
  stop(): Promise<void>;
}

/** Returns the URL of a node. */
export function urlOf(port: number): string {
  return `http://localhost:${port}`;
}

/**
 * Starts the nodes side by side and waits until each answers.
 *
 * @throws Error with a node's log when it does not answer; no node is left running then
 */
export async function startStandInNodes(options: StandInNodesOptions): Promise<StandInNodes> {
  const { application, ports, services, env, nodeOptions = [], onLine } = options;
  const program = fileURLToPath(new URL(application, ROOT));
  const nodes = ports.map((port) =>
    spawnNode({
      args: [...nodeOptions, '--import', TSX, STAND_IN, program],
      url: urlOf(port),
      env: {
        ...process.env,
        // The nodes of a test are not to run tests.
        TINYTEST: undefined,
        TSX_TSCONFIG_PATH: STAND_IN_TSCONFIG,
        PORT: String(port),
        ROOT_URL: urlOf(port),
        MONGO_URL: services.mongoUrl,
        CLUSTER_URL: services.redisUrl,
        ...env,
      },
      ...(onLine && { onLine: (line) => onLine(port, line) }),
    }),
  );
  let isStopping = false;
  const stop = async () => {
    isStopping = true;
    await Promise.all(nodes.map((node) => node.stop()));
  };
  const failed = new Promise<never>((_, reject) => {
    for (const { url, ended, log } of nodes) {
      void ended.then((ending) => {
        const tail = log().split('\n').slice(-TAIL_LINES).join('\n');
        if (!isStopping)
          reject(new Error(`The node ${url} ended (${describeEnding(ending)}). Its log ends:\n${tail}`));
      });
    }
  });
  // Not every caller waits for it all the time.
  failed.catch(() => {});
  try {
    await Promise.all(nodes.map((node) => nodeAnswers(node)));
    return { urls: ports.map(urlOf), failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
