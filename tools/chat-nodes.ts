/**
 * Starts the nodes of the example `examples/chat` on the stand-in for Meteor, one process each.
 *
 * Called by demo.ts and by the browser's test. The nodes run under the watchdog: they end with this process.
 */

import { fileURLToPath } from 'node:url';
import { spawnWatched, type WatchedChild } from './child-server';

const ROOT = new URL('../', import.meta.url);
const STAND_IN = fileURLToPath(new URL('stand-in/main.ts', ROOT));
const STAND_IN_TSCONFIG = fileURLToPath(new URL('stand-in/tsconfig.json', ROOT));
const CHAT = fileURLToPath(new URL('examples/chat', ROOT));

/** How long a node may take until it answers, in ms. Eight at once on a small machine take seconds. */
const START_TIMEOUT = 60_000;
/** How often to look whether it does, in ms. */
const POLL_INTERVAL = 50;

export interface ChatNodesOptions {
  /** One node for each port of 127.0.0.1. */
  readonly ports: readonly number[];
  readonly redisUrl: string;
  readonly mongoUrl: string;
  /** Variables of the nodes, beside those of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Told each line that a node logs. */
  readonly log: (port: number, line: string) => void;
}

export interface ChatNodes {
  /** In the order of the ports. */
  readonly urls: readonly string[];
  /** Settles when the first node has ended, with a sentence that says which and how. */
  readonly ended: Promise<string>;
  /** Stops all of them and waits until they have ended. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts the nodes side by side and waits until each answers.
 *
 * @throws Error naming the node that does not; none is left running then
 */
export async function startChatNodes(options: ChatNodesOptions): Promise<ChatNodes> {
  const { ports } = options;
  const urls = ports.map((port) => `http://localhost:${port}`);
  const nodes = ports.map((port, index) => {
    const child = startNode(port, urls[index] ?? '', urls, options);
    const ended = child.ended.then((how) => `node ${port} ended (${how})`);
    return { port, child, ended };
  });
  const stop = async () => {
    await Promise.all(nodes.map(({ child }) => child.stop()));
  };
  try {
    await Promise.all(nodes.map(({ port, ended }) => answered(port, ended)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls, ended: Promise.race(nodes.map(({ ended }) => ended)), stop };
}

function startNode(
  port: number,
  url: string,
  urls: readonly string[],
  { redisUrl, mongoUrl, env, log }: ChatNodesOptions,
): WatchedChild {
  return spawnWatched(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), STAND_IN, CHAT],
    (line) => log(port, line),
    {
      ...process.env,
      // That this process runs tests is no concern of its nodes.
      TINYTEST: undefined,
      TSX_TSCONFIG_PATH: STAND_IN_TSCONFIG,
      PORT: String(port),
      ROOT_URL: url,
      CHAT_NODES: urls.join(','),
      MONGO_URL: mongoUrl,
      CLUSTER_URL: redisUrl,
      ...env,
    },
  );
}

async function answered(port: number, ended: Promise<string>): Promise<void> {
  let failure: string | undefined;
  ended.then(
    (how) => {
      failure = `${how} before it answered`;
    },
    (error) => {
      failure = `node ${port} could not be started (${error})`;
    },
  );
  const deadline = Date.now() + START_TIMEOUT;
  while (!(await answers(`http://127.0.0.1:${port}/`))) {
    if (Date.now() > deadline) failure ??= `node ${port} did not answer within ${START_TIMEOUT / 1000} s`;
    if (failure !== undefined) throw new Error(failure);
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
  }
  // Somebody else may have taken the port meanwhile: then it is not the node that answers.
  if (failure !== undefined) throw new Error(failure);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
