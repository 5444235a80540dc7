/**
 * `npm run test:meteor [-- WORDS]`: runs the Tinytest files on Meteor itself, with a Redis and a database.
 *
 * Does what the page of test-in-console does in a browser: asks for the run by DDP, and reads its reports. Prints each test
 * as it ends, and the counts at the end, also when the run is cut off. The exit code is that of the tests.
 */

import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { DdpClient, type Fields } from '../stand-in/ddp-client';
import { counts, report } from '../stand-in/test-run';
import { commandLine } from '../tools/command-line';
import { freePort } from '../tools/free-port';
import { describeEnding, type Launched, launch, tailOf } from '../tools/launcher';
import { runScript } from '../tools/run-script';
import { startServices } from '../tools/services';
import { MeteorReports } from './meteor-reports';

/** Tinytest ends a test after 3 minutes. A longer silence means that nothing runs there. */
const SILENCE_MS = 5 * 60_000;

const command = commandLine('npm run test:meteor', 'Runs the tests on Meteor.')
  .argument('[words...]', 'run only the tests whose names contain these words, one after the other')
  .option('--release <version>', 'release of Meteor; otherwise the newest one installed')
  .parse();
const { release } = command.opts();
const filter = command.args.join(' ');

await runScript(async (stopLater) => {
  const { redisUrl, mongoUrl } = stopLater(await startServices(console.log));
  const address = `127.0.0.1:${await freePort()}`;
  const reports = new MeteorReports(filter);
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
        CLUSTER_URL: redisUrl,
        MONGO_URL: mongoUrl,
        ROOT_URL: `http://${address}`,
        CLUSTER_TEST_ALL: '1',
        TINYTEST_FILTER: filter,
      },
      onLine(line) {
        console.log(line);
        reports.receiveLine(line);
        if (line.includes('test-in-console listening')) onListening();
      },
    }),
  );
  let isComplete = false;
  // Stopped first: an impatient second Ctrl-C then finds the results printed.
  stopLater({ stop: async () => isComplete || printCutOff(reports) });
  await orEnded(meteor, listening);
  await orEnded(meteor, runTests(`http://${address}`, reports));
  isComplete = true;
  return report(reports.result, process.env.CLUSTER_TEST_EXPECTED_SKIPS);
});

/** Prints what there is of a run that has not ended: nothing when it has not begun. */
function printCutOff({ unfinished: [running, ...waiting], result }: MeteorReports): void {
  if (running === undefined) return;
  console.log(`FAIL the run was cut off during "${running}"; ${waiting.length} tests have not run`);
  console.log(counts(result));
}

/** @throws Error with the end of Meteor's output when Meteor ends first */
function orEnded<Value>(meteor: Launched, work: Promise<Value>): Promise<Value> {
  const ended = meteor.ended.then((ending): never => {
    throw new Error(`Meteor ended (${describeEnding(ending)}). Its output ends:\n${tailOf(meteor)}`);
  });
  return Promise.race([work, ended]);
}

/**
 * Runs the tests until the run is complete. Prints each one that ends.
 *
 * @throws Error when there is no report for 5 minutes
 */
async function runTests(url: string, reports: MeteorReports): Promise<void> {
  const runId = randomUUID();
  const client = new DdpClient(url, WebSocket as never);
  let silence: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      silence = setTimeout(
        () => reject(new Error(`Meteor has reported nothing for ${SILENCE_MS / 60_000} minutes`)),
        SILENCE_MS,
      );
      const onDocument = (id: string, document: Fields) => {
        if (id !== runId) return;
        silence?.refresh();
        for (const text of reports.receive(document)) console.log(text);
        if ('complete' in document) resolve();
      };
      client.observe('tinytest_results_collection', { added: onDocument, changed: onDocument });
      client.subscribe('tinytest_results_subscription', [runId]);
      client.call('tinytest/run', [runId]).catch(reject);
    });
  } finally {
    clearTimeout(silence);
    client.close();
  }
}
