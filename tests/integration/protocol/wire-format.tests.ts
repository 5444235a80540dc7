/** `docs/wire-format.md`: its messages are valid, and its Python program announces writes. Reads a file of the repository. */

import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { Tinytest } from 'meteor/tinytest';
import { decode } from '../../../src/protocol/codec';
import { rawItems } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { addTest } from '../../support/scope';

const DOCUMENT = readFileSync(new URL('../../../docs/wire-format.md', import.meta.url), 'utf8');
const SECRET = 'known to the nodes alone';

/** Returns the code blocks of a language. */
function blocks(language: string): string[] {
  return [...DOCUMENT.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code,
  );
}

Tinytest.add(
  'wire format - every message in the documentation is valid, and every kind is documented',
  (test) => {
    const kinds = blocks('json').map((text) => {
      const message = decode(text);
      test.equal(message.kind, JSON.parse(text).kind, text);
      return message.kind;
    });
    test.equal(kinds.toSorted(), ['broadcast', 'change', 'heartbeat', 'leave']);
  },
);

for (const secret of [undefined, SECRET]) {
  addTest(
    `wire format - the documented Python program announces outside writes ${secret ? 'with' : 'without'} a secret`,
    async (test, scope) => {
      const [program = '', ...others] = blocks('python');
      test.equal([others, program.trim().split('\n').length], [[], 20]);
      const group = newGroup();
      const redis = await scope.startRedis();
      const cluster = { port: redis.port, namespace: group, secret, resyncJitter: 20 };
      // Long enough for a busy machine: without a connection the node would poll, and show all documents.
      const timing = { heartbeatInterval: 100, heartbeatTimeout: 10_000 };
      const [node] = await scope.startNodes({ cluster: { ...cluster, ...timing } });
      // A live query that is opened before would run again now, or a little later, and show all documents.
      await eventually('the first resync', async () => (await node.call('status')).resyncs === 1);
      const client = await scope.client(node, 'group', group);
      const announce = (...ids: string[]) =>
        execa('python3', ['-', `cluster:${group}`, 'items', ...ids], {
          input: program,
          env: { REDIS_PORT: String(redis.port), CLUSTER_SECRET: secret },
        });

      await rawItems().insertMany([1, 2, 3].map((n) => ({ _id: `${group}-${n}`, group, n })));
      await announce(`${group}-1`, `${group}-2`);
      await eventually('the named documents', async () => (await client.ids()).length === 2);
      await announce();
      await eventually('the whole collection', async () => (await client.ids()).length === 3);
      const { received, dropped, peers, resyncs } = await node.call('status');
      test.equal({ received, dropped, peers, resyncs }, { received: 2, dropped: 0, peers: 0, resyncs: 1 });
    },
    ['redis-server', 'python3'],
  );
}

addTest(
  'wire format - a writer that publishes no leave message costs a resync of everything when it expires',
  async (test, scope) => {
    const namespace = newGroup();
    const wire = await scope.listen(namespace);
    const timing = { heartbeatInterval: 100, heartbeatTimeout: 400, resyncJitter: 20 };
    const [node] = await scope.startNodes({ cluster: { namespace, ...timing }, sync: ['items', 'unsynced'] });
    await eventually('the first resyncs', async () => (await node.call('status')).resyncs === 2);
    await wire.publish('{"v":1,"kind":"change","node":"w","seq":1,"collection":"items","ids":["a"]}');
    await eventually('a peer', async () => (await node.call('status')).peers === 1);
    await eventually('both resyncs', async () => (await node.call('status')).resyncs === 4);
    test.equal((await node.call('status')).peers, 0);
  },
);
