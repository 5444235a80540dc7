/**
 * `npm run test:meteor [-- WORDS]`: runs the Tinytest files on Meteor itself, with a Redis and a database.
 *
 * Does what the page of test-in-console does in a browser: asks for the run by DDP, and reads its reports. The exit code is
 * that of the tests.
 */

import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { DdpClient, type Fields } from '../stand-in/ddp-client';
import { commandLine } from '../tools/command-line';
import { freePort } from '../tools/free-port';
import { describeEnding, type Launched, launch, tailOf } from '../tools/launcher';
import { runScript } from '../tools/run-script';
import { startServices } from '../tools/services';

/** What Tinytest reports of a test. A test may have several reports. */
interface Report {
  readonly groupPath: readonly string[];
  readonly test: string;
  readonly events?: readonly { readonly type: string; readonly details?: unknown }[];
}

const command = commandLine('npm run test:meteor', 'Runs the tests on Meteor.')
  .argument('[words...]', 'run only the tests whose names contain these words')
  .option('--release <version>', 'release of Meteor; otherwise the newest one installed')
  .parse();
const { release } = command.opts();

await runScript(async (stopLater) => {
  const { redisUrl, mongoUrl } = stopLater(await startServices(console.log));
  const address = `127.0.0.1:${await freePort()}`;
  let onListening: () => void = () => {};
  const listening = new Promise<void>((resolve) => {
    onListening = resolve;
  });
  const meteor = stopLater(
    launch({
      command: 'meteor',
      args: [
        ...['test-packages', './', '--driver-package', 'test-in-console', '--once', '--port', address],
        ...(release ? ['--release', release] : []),
      ],
      env: {
        ...process.env,
        ...{ CLUSTER_URL: redisUrl, MONGO_URL: mongoUrl, ROOT_URL: `http://${address}` },
        CLUSTER_TEST_ALL: '1',
        TINYTEST_FILTER: command.args.join(' '),
      },
      onLine(line) {
        console.log(line);
        if (line.includes('test-in-console listening')) onListening();
      },
    }),
  );
  await orEnded(meteor, listening);
  return summarize(await orEnded(meteor, runTests(`http://${address}`)));
});

/** @throws Error with the end of Meteor's output when Meteor ends first */
function orEnded<Value>(meteor: Launched, work: Promise<Value>): Promise<Value> {
  const ended = meteor.ended.then((ending): never => {
    throw new Error(`Meteor ended (${describeEnding(ending)}). Its output ends:\n${tailOf(meteor)}`);
  });
  return Promise.race([work, ended]);
}

/** Runs the tests. @returns the reports, when the run is complete */
async function runTests(url: string): Promise<Report[]> {
  const runId = randomUUID();
  const client = new DdpClient(url, WebSocket as never);
  try {
    return await new Promise<Report[]>((resolve, reject) => {
      const onDocument = (id: string, { complete, ...reports }: Fields) => {
        if (id === runId && complete) resolve(Object.values(reports).filter(isReport));
      };
      client.observe('tinytest_results_collection', { added: onDocument, changed: onDocument });
      client.subscribe('tinytest_results_subscription', [runId]);
      client.call('tinytest/run', [runId]).catch(reject);
    });
  } finally {
    client.close();
  }
}

function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'groupPath' in value && 'test' in value;
}

/** Logs each failure, then the counts as the last line. @returns the exit code */
function summarize(reports: readonly Report[]): 0 | 1 {
  const names = new Set<string>();
  const failed = new Set<string>();
  for (const { groupPath, test, events = [] } of reports) {
    const name = [...groupPath.slice(1), test].join(' - ');
    names.add(name);
    for (const { type, details } of events) {
      if (type !== 'fail' && type !== 'exception') continue;
      failed.add(name);
      console.log(`FAIL ${name}: ${JSON.stringify(details)}`);
    }
  }
  console.log(`${names.size - failed.size} passed, ${failed.size} failed`);
  return names.size > 0 && failed.size === 0 ? 0 : 1;
}
