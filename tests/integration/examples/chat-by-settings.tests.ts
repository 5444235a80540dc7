/**
 * The chat demo on two nodes, where only `Meteor.settings` start Cluster. Runs on the stand-in only: it loads files of the
 * repository.
 */

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DDP } from 'meteor/ddp';
import { Mongo } from 'meteor/mongo';
import { freePort } from '../../../tools/free-port';
import { startStandInNodes } from '../../../tools/stand-in-nodes';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { addTest, type Scope } from '../../support/scope';

const SETTINGS = {
  packages: { cluster: { namespace: 'chat-by-settings', sync: '*', health: true, metrics: true } },
};
/** Too long for a test: no node polls during one. */
const POLLING_INTERVAL_MS = 3_600_000;

/** Returns a copy of the demo without the two lines that start Cluster. */
async function copyWithoutCode(scope: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cluster-chat-'));
  scope.defer(() => rm(folder, { recursive: true }));
  await cp(fileURLToPath(new URL('../../../examples/chat', import.meta.url)), folder, { recursive: true });
  await writeFile(join(folder, 'server/main.ts'), "import './room';\nimport './node';\n");
  return folder;
}

/** Returns a client of a node that shows a room's messages. */
async function openRoom(scope: Scope, url: string, room: string) {
  const connection = DDP.connect(url);
  scope.defer(() => connection.disconnect());
  const options = { connection, _suppressSameNameError: true, defineMutationMethods: false };
  const messages = new Mongo.Collection<{ text: string }>('messages', options as object);
  await new Promise<void>((onReady, onStop) => {
    connection.subscribe('room', room, { onReady, onStop });
  });
  return {
    send: (text: string) => connection.callAsync('send', { room, name: 'Tom', text }),
    texts: async () => (await messages.find({}).fetchAsync()).map(({ text }) => text),
  };
}

addTest(
  'settings - the chat demo is started by settings alone, and serves health and metrics',
  async (test, scope) => {
    const { MONGO_URL: mongoUrl = '', CLUSTER_URL: redisUrl = '' } = process.env;
    const starting = startStandInNodes({
      application: await copyWithoutCode(scope),
      ports: [await freePort(), await freePort()],
      services: { mongoUrl, redisUrl },
      env: {
        METEOR_SETTINGS: JSON.stringify(SETTINGS),
        METEOR_POLLING_INTERVAL_MS: String(POLLING_INTERVAL_MS),
      },
    });
    const { urls } = await scope.use(starting, (nodes) => nodes.stop());
    const room = newGroup();
    const [tom, jerry] = await Promise.all(urls.map((url) => openRoom(scope, url, room)));
    await tom?.send('Hello from Tom');
    await eventually(
      'Jerry to receive it',
      async () => (await jerry?.texts())?.includes('Hello from Tom') ?? false,
    );
    await jerry?.send('Hello from Jerry');
    await eventually(
      'Tom to receive it',
      async () => (await tom?.texts())?.includes('Hello from Jerry') ?? false,
    );
    test.equal((await tom?.texts())?.length, 2);
    const [url] = urls;
    test.equal((await fetch(`${url}/health`)).status, 200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    test.isTrue(metrics.split('\n').includes('meteor_cluster_connected 1'), metrics);
  },
);
