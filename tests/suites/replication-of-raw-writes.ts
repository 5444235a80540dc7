/** Writes that the application makes with MongoDB's driver update the clients of all nodes, as those through Meteor do. */

import { stored } from '../support/database';
import type { Item } from '../support/node-config';
import type { TestNode } from '../support/nodes';
import type { Topology } from '../support/topologies';
import { replicationTest } from './replication-test';

interface Case {
  readonly outcome: string;
  /** The group holds documents with the ids 1, 2 and 3, and `n` equal to 0. */
  write(node: TestNode, group: string, item: (id: string, fields?: Partial<Item>) => Item): Promise<unknown>;
}

const CASES: readonly Case[] = [
  { outcome: 'insertOne', write: (node, _group, item) => node.call('raw', 'insertOne', item('4')) },
  {
    outcome: 'insertMany',
    write: (node, _group, item) => node.call('raw', 'insertMany', [item('4'), item('5')]),
  },
  {
    outcome: 'updateOne',
    write: (node, _group, item) => node.call('raw', 'updateOne', { _id: item('1')._id }, { $set: { n: 7 } }),
  },
  {
    outcome: 'updateMany',
    write: (node, group) => node.call('raw', 'updateMany', { group }, { $inc: { n: 1 } }),
  },
  {
    outcome: 'replaceOne',
    write: (node, group, item) => node.call('raw', 'replaceOne', { _id: item('1')._id }, { group, n: 7 }),
  },
  {
    outcome: 'deleteOne',
    write: (node, _group, item) => node.call('raw', 'deleteOne', { _id: item('1')._id }),
  },
  { outcome: 'deleteMany', write: (node, group) => node.call('raw', 'deleteMany', { group }) },
  {
    outcome: 'findOneAndUpdate',
    write: (node, group) => node.call('raw', 'findOneAndUpdate', { group }, { $set: { n: 7 } }),
  },
  {
    outcome: 'findOneAndReplace',
    write: (node, group) => node.call('raw', 'findOneAndReplace', { group, n: 0 }, { group, n: 7 }),
  },
  { outcome: 'findOneAndDelete', write: (node, group) => node.call('raw', 'findOneAndDelete', { group }) },
  {
    outcome: 'bulkWrite',
    write: (node, _group, item) =>
      node.call('raw', 'bulkWrite', [
        { insertOne: { document: item('4') } },
        { updateOne: { filter: { _id: item('1')._id }, update: { $set: { n: 7 } } } },
        { deleteOne: { filter: { _id: item('2')._id } } },
      ]),
  },
  ...[true, false].map((isOrdered) => ({
    outcome: `an ${isOrdered ? 'ordered' : 'unordered'} bulk`,
    write: (node: TestNode, _group: string, item: (id: string) => Item) =>
      node.call('rawBulk', isOrdered, [item('4'), item('5')], item('1')._id, item('2')._id),
  })),
];

export function addReplicationOfRawWrites(topology: Topology): void {
  const replicates = replicationTest(topology);
  for (const { outcome, write } of CASES) {
    replicates(`the raw write ${outcome} updates every client`, async ({ group, nodes, item, clients }) => {
      await nodes[0].call('insertMany', [item('1'), item('2'), item('3')]);
      const all = await clients('group', group);
      await write(nodes[0], group, item);
      return { clients: all, shown: await stored(group) };
    });
  }
}
