/** The example `examples/procfile`: its command, run by a shell as platforms do. Runs on the stand-in only. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../tools/free-port';
import { launch, untilAnswer } from '../../../tools/launcher';
import { ChatClient } from '../../support/chat-client';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { addTest, type Scope } from '../../support/scope';

const ROOT = new URL('../../../', import.meta.url);
/** The name of the database, and so the namespace. */
const DATABASE = 'by-procfile';

addTest(
  'examples - two processes of the Procfile join through REDIS_URL, and leave when the platform stops them',
  async (test, scope) => {
    const wire = await scope.listen(DATABASE);
    const command = await readCommand();
    const bundle = await standInBundle(scope);
    const [first, second] = await Promise.all([1, 2].map(() => startProcess(scope, command, bundle)));
    if (!first || !second) throw new Error('two processes were started');
    const room = newGroup();
    const [tom, jerry] = [first, second].map(({ url }) => {
      const client = new ChatClient(url, room);
      scope.defer(() => client.disconnect());
      return client;
    });
    await jerry?.node();
    await tom?.send('Hello from Tom');
    await jerry?.receives('Hello from Tom');
    await first.stop('SIGTERM');
    test.equal((await first.ended).signal, 'SIGTERM');
    await eventually('a leave message', () => wire.left.length === 1);
  },
);

/** Returns the command of process type `web`. */
async function readCommand(): Promise<string> {
  const text = await readFile(new URL('examples/procfile/Procfile', ROOT), 'utf8');
  const [, command] = /^web: (.+)$/m.exec(text) ?? [];
  if (!command) throw new Error('The Procfile has no process type "web"');
  return command;
}

/** Returns a folder whose `main.js` starts the chat on the stand-in, as that of a Meteor bundle does on Meteor. */
async function standInBundle(scope: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cluster-procfile-'));
  scope.defer(() => rm(folder, { recursive: true }));
  const path = (name: string) => JSON.stringify(fileURLToPath(new URL(name, ROOT)));
  const program = `process.argv.push(${path('examples/chat')}); import(${path('stand-in/main.ts')});`;
  await writeFile(join(folder, 'main.js'), program);
  return folder;
}

async function startProcess(scope: Scope, command: string, cwd: string) {
  const { CLUSTER_URL: redisUrl, MONGO_URL: mongoUrl = '', TINYTEST: _, ...env } = process.env;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const launched = launch({
    command: 'sh',
    args: ['-c', command],
    cwd,
    env: {
      ...env,
      NODE_OPTIONS: `--import ${import.meta.resolve('tsx')}`,
      TSX_TSCONFIG_PATH: fileURLToPath(new URL('stand-in/tsconfig.json', ROOT)),
      PORT: String(port),
      ROOT_URL: url,
      MONGO_URL: mongoUrl.replace(/^(\w+(?:\+srv)?:\/\/[^/]+)[^?]*/, `$1/${DATABASE}`),
      REDIS_URL: redisUrl,
    },
  });
  await scope.use(launched, ({ stop }) => stop());
  await untilAnswer(launched, url);
  return { ...launched, url };
}
