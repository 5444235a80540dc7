/** The example `examples/nginx`: two nodes of the chat demo behind nginx. Runs on the stand-in only. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChatNodes } from '../../../tools/chat-nodes';
import { freePort } from '../../../tools/free-port';
import { launch, untilAnswer } from '../../../tools/launcher';
import { ChatClient } from '../../support/chat-client';
import { newGroup } from '../../support/groups';
import { addTest, type Scope } from '../../support/scope';

const EXAMPLE = new URL('../../../examples/nginx/cluster.conf', import.meta.url);
/** Too long for a test: no node polls during one. */
const POLLING_INTERVAL_MS = 3_600_000;
/** All of these choose the same of two nodes once in 2^20 runs. */
const BROWSERS = 20;

addTest(
  'examples - nginx keeps the connections of a browser on one node, and spreads browsers over both',
  async (test, scope) => {
    const { url } = await startSite(scope);
    const room = newGroup();
    const chosen = new Set<string>();
    for (let browser = 0; browser < BROWSERS; browser += 1) {
      const cookie = await cookieOf(url);
      const clients = [1, 2, 3].map(() => connect(scope, url, room, cookie));
      const nodes = await Promise.all(clients.map((client) => client.node()));
      test.equal(new Set(nodes).size, 1);
      chosen.add(nodes[0] ?? '');
      for (const client of clients) client.disconnect();
    }
    test.equal(chosen.size, 2);
    const again = await fetch(url, { headers: { cookie: await cookieOf(url) } });
    test.equal(again.headers.get('set-cookie'), null, 'a browser keeps its cookie');
  },
  ['nginx'],
);

addTest(
  'examples - behind nginx, messages cross nodes, and browsers of a node that stops go on at the other',
  async (test, scope) => {
    const { url, nodes } = await startSite(scope);
    const room = newGroup();
    const [tom, jerry] = await connectToBoth(scope, url, room);
    await tom.send('Hello from Tom');
    await jerry.receives('Hello from Tom');
    const [toms, jerrys] = [await tom.node(), await jerry.node()];
    await nodes.find(({ urls }) => urls[0] === toms)?.stop();
    await jerry.send('Are you there?');
    await tom.receives('Are you there?');
    test.equal(await tom.node(), jerrys);
  },
  ['nginx'],
);

/** Starts two nodes, each to be stopped alone, and nginx with the example's configuration in front of them. */
async function startSite(scope: Scope) {
  const { MONGO_URL: mongoUrl = '', CLUSTER_URL: redisUrl = '' } = process.env;
  const ports = [await freePort(), await freePort()];
  const starting = ports.map((port) =>
    scope.use(
      startChatNodes({
        ports: [port],
        services: { mongoUrl, redisUrl },
        env: { METEOR_POLLING_INTERVAL_MS: String(POLLING_INTERVAL_MS) },
      }),
      (node) => node.stop(),
    ),
  );
  const nodes = await Promise.all(starting);
  return { nodes, url: await startNginx(scope, ports) };
}

/** Runs nginx with the example's file, in which only addresses are replaced. @returns its URL */
async function startNginx(scope: Scope, [first, second]: readonly number[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cluster-nginx-'));
  scope.defer(() => rm(folder, { recursive: true }));
  const port = await freePort();
  const site = (await readFile(EXAMPLE, 'utf8'))
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replace('node1:3000', `127.0.0.1:${first}`)
    .replace('node2:3000', `127.0.0.1:${second}`);
  await writeFile(join(folder, 'site.conf'), site);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 2; pid nginx.pid; error_log stderr;
    events {}
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${name};`).join(' ')}
      proxy_max_temp_file_size 0;
      include site.conf;
    }`,
  );
  const nginx = launch({
    command: 'nginx',
    args: ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')],
  });
  await scope.use(nginx, ({ stop }) => stop());
  const url = `http://127.0.0.1:${port}`;
  await untilAnswer(nginx, url);
  return url;
}

/** Returns the cookie that nginx gives to a new browser. */
async function cookieOf(url: string): Promise<string> {
  const { headers } = await fetch(url);
  return headers.get('set-cookie')?.split(';')[0] ?? '';
}

function connect(scope: Scope, url: string, room: string, cookie: string): ChatClient {
  const client = new ChatClient(url, room, cookie);
  scope.defer(() => client.disconnect());
  return client;
}

/** Opens browsers until there is one at each node. */
async function connectToBoth(scope: Scope, url: string, room: string): Promise<[ChatClient, ChatClient]> {
  const first = connect(scope, url, room, await cookieOf(url));
  for (let browser = 0; browser < BROWSERS; browser += 1) {
    const second = connect(scope, url, room, await cookieOf(url));
    if ((await second.node()) !== (await first.node())) return [first, second];
    second.disconnect();
  }
  throw new Error(`nginx sent ${BROWSERS} browsers to the same node`);
}
