import { Tinytest } from 'meteor/tinytest';
import { eventually } from './support/eventually';
import { connected, startNodes } from './support/nodes';

Tinytest.addAsync('replication - an insert on one node reaches a client of another', async (test) => {
  const nodes = await startNodes(2);
  await connected(nodes);
  const [tom, jerry] = nodes;
  const client = await jerry!.client('group', 'g1');
  await tom!.call('insert', { _id: 'a', group: 'g1', n: 1 });
  const t = Date.now();
  await eventually('item', async () => (await client.ids()).includes('a'));
  console.log(Date.now() - t, tom!.log());
  test.equal(await client.ids(), ['a']);
});
