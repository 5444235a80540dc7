/**
 * Nodes on the stand-in for Meteor, one process each.
 *
 * Called by chat-nodes.ts, by the benchmark and by tests. The nodes end with this process.
 */

import { fileURLToPath } from 'node:url';
import { describeEnding, launch, tailOf, untilAnswer } from './launcher';
import type { Services } from './services';

const ROOT = new URL('../', import.meta.url);
const STAND_IN = fileURLToPath(new URL('stand-in/main.ts', ROOT));
const STAND_IN_TSCONFIG = fileURLToPath(new URL('stand-in/tsconfig.json', ROOT));
const TSX = import.meta.resolve('tsx');

export interface StandInNodesOptions {
  /**
   * The file or the application's folder that each node loads, relative to the repository. Or a bundle of the stand-in and
   * the application, by its path.
   */
  readonly application: string | { readonly bundle: string };
  /** One node for each port of 127.0.0.1. */
  readonly ports: readonly number[];
  readonly services: Pick<Services, 'redisUrl' | 'mongoUrl'>;
  /**
   * Variables of the nodes, in addition to those of this process. With `TSX_TSCONFIG_PATH`, nodes can load the package from
   * other sources: a `tsconfig.json` that maps `meteor/cluster` to them.
   */
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
  /** Stops all nodes and waits until they have ended. Idempotent. @param signal SIGTERM by default */
  stop(signal?: NodeJS.Signals): Promise<void>;
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
  const program = programOf(application);
  const urls = ports.map(urlOf);
  const nodes = ports.map((port) =>
    launch({
      command: process.execPath,
      args: [...nodeOptions, ...program],
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
  const stop = async (signal?: NodeJS.Signals) => {
    isStopping = true;
    await Promise.all(nodes.map((node) => node.stop(signal)));
  };
  const failed = Promise.race(
    nodes.map(async (node, index) => {
      const ending = describeEnding(await node.ended);
      // A node that was stopped has not failed: this waits for ever.
      if (isStopping) return new Promise<never>(() => {});
      throw new Error(`The node ${urls[index]} ended (${ending}). Its log ends:\n${tailOf(node)}`);
    }),
  );
  // Not every caller waits for it all the time.
  failed.catch(() => {});
  try {
    await Promise.all(nodes.map((node, index) => untilAnswer(node, urls[index] ?? '')));
    return { urls, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function programOf(application: StandInNodesOptions['application']): string[] {
  if (typeof application === 'object') return [application.bundle];
  return ['--import', TSX, STAND_IN, fileURLToPath(new URL(application, ROOT))];
}
