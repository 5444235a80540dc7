/**
 * `npm start [-- --nodes 8] [-- --port 8090]`: runs the chat of `examples/chat` on several nodes, until Ctrl-C.
 *
 * Finds or starts Redis and a database. With `CLUSTER_URL=none` there is one node, and no Redis. Everything that it has started ends with it.
 */

import { commandLine, wholeNumber } from '../tools/command-line';
import { Demo } from '../tools/demo';
import { freePort } from '../tools/free-port';
import { runScript } from '../tools/run-script';
import { NO_REDIS, startServices } from '../tools/services';

const MAX_NODES = 32;
const MAX_PORT = 65_535;

const isAlone = process.env.CLUSTER_URL === NO_REDIS;

const { nodes, port: firstPort } = commandLine('npm start', 'Runs the chat on several nodes.')
  .option('--nodes <number>', 'the number of nodes (default: 2)', wholeNumber(2, MAX_NODES))
  .option('--port <number>', 'the port of the first node', wholeNumber(1, MAX_PORT - MAX_NODES), 8090)
  .parse()
  .opts();

await runScript(
  async (stopLater) => {
    if (isAlone && nodes !== undefined)
      throw new Error('With CLUSTER_URL=none there is one node: leave out --nodes.');
    const count = isAlone ? 1 : (nodes ?? 2);
    const ports = Array.from({ length: count }, (_, index) => firstPort + index);
    // First, because building a database can take minutes.
    for (const port of ports) await checkPort(port);
    const services = stopLater(await startServices(console.log, { mayBeAlone: true }));
    const onLine = (port: number, line: string) => console.log(`[${port}] ${line}`);
    const demo = stopLater(await Demo.start({ ports, services, onLine }));
    printUrls(demo.urls);
    return demo.failed;
  },
  { exitCodeWhenInterrupted: 0 },
);

/** @throws Error that names the port when no node can listen on it */
async function checkPort(port: number): Promise<void> {
  try {
    await freePort(port);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const problem = code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${message})`;
    throw new Error(`Port ${port} ${problem}. Choose others with: npm start -- --port <first port>`);
  }
}

/** Jerry is on the second node, if there is one. */
function printUrls([first = '', second = first, ...others]: readonly string[]): void {
  console.log(`
Tom:          ${first}/?name=Tom
Jerry:        ${second}/?name=Jerry
Side by side: ${first}/side-by-side
Status:       ${first}/status`);
  for (const url of others) console.log(`Another node: ${url}/`);
  console.log('\nCtrl-C ends it.');
}
