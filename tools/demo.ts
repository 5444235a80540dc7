/**
 * `npm start [-- --nodes 8] [-- --port 8090]`: the chat of `examples/chat` on several nodes, until Ctrl-C.
 *
 * Puts together services.ts (Redis and a database, for as long as the demo runs) and chat-nodes.ts. Whatever ends
 * the demo ends everything it started.
 */

import { createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { startChatNodes } from './chat-nodes';
import { startServices } from './services';

const USAGE = 'Usage: npm start [-- --nodes <2 to 32, default 2> --port <of the first node, default 8090>]';
/** The most nodes that one machine is asked to run. */
const MAX_NODES = 32;

/** What has been started, in the order in which it is to be stopped. */
const started: { stop(): Promise<void> }[] = [];

let trouble: string | undefined;
try {
  trouble = await Promise.race([interruption(), demo(readArguments())]);
} catch (error) {
  trouble = error instanceof Error ? error.message : String(error);
}
if (trouble !== undefined) console.error(trouble);
for (const each of started) await each.stop();
// What was still being started ends with this process: it all runs under the watchdog.
process.exit(trouble === undefined ? 0 : 1);

/** @returns what has happened, when a node has ended by itself; until then the demo goes on */
async function demo({ nodes: count, port }: Arguments): Promise<string> {
  const ports = Array.from({ length: count }, (_, index) => port + index);
  // Now, before minutes may be spent on building a database.
  for (const each of ports) await checkFree(each);
  const services = await startServices({ log: print });
  started.unshift(services);
  const { redisUrl, mongoUrl } = services;
  const log = (each: number, line: string) => print(`[${each}] ${line}`);
  const nodes = await startChatNodes({ ports, redisUrl, mongoUrl, log });
  started.unshift(nodes);
  announce(nodes.urls);
  return `${await nodes.ended}; the demo is over`;
}

function announce([first = '', second = first, ...rest]: readonly string[]): void {
  print('');
  print(`Tom:          ${first}/?name=Tom`);
  print(`Jerry:        ${second}/?name=Jerry`);
  print(`Side by side: ${first}/side-by-side`);
  for (const url of rest) print(`One more:     ${url}/`);
  print('');
  print('Ctrl-C ends it.');
}

interface Arguments {
  readonly nodes: number;
  readonly port: number;
}

/** @throws Error that says what is wrong and how it should be */
function readArguments(): Arguments {
  let values: { nodes?: string | undefined; port?: string | undefined };
  try {
    ({ values } = parseArgs({ options: { nodes: { type: 'string' }, port: { type: 'string' } } }));
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`);
  }
  const nodes = wholeNumber('--nodes', values.nodes ?? '2', 2, MAX_NODES);
  return { nodes, port: wholeNumber('--port', values.port ?? '8090', 1, 65_536 - nodes) };
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${name} must be a whole number from ${min} to ${max}; got "${text}"\n${USAGE}`);
}

/** @throws Error naming the port and the way around, when it cannot be listened on */
function checkFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const problem = code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${message})`;
      reject(new Error(`Port ${port} ${problem}; choose others with: npm start -- --port <first port>`));
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}

/** Settles when the user or the system wants the demo to end. Asked a second time, it ends at once. */
function interruption(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve(undefined));
  });
}

function print(line: string): void {
  console.log(line);
}
