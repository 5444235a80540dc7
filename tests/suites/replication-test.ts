/**
 * Registers one test of replication: something is written, every client shows it, and the database holds it.
 *
 * Runs once for each strategy of the topology, with a node of that strategy as the first one: the writer of most tests.
 */

import { stored } from '../support/database';
import { eventually } from '../support/eventually';
import { newGroup } from '../support/groups';
import type { Item } from '../support/node-config';
import type { TestClient } from '../support/nodes';
import { addTest } from '../support/scope';
import { sharedNodes } from '../support/shared-nodes';
import { rotations, type Topology, type Trio } from '../support/topologies';

export interface Scene {
  readonly group: string;
  readonly nodes: Trio;
  /** Returns a document of this scene's group. */
  item(id: string, fields?: Partial<Item>): Item;
  /** Connects one client to each node, all with the same subscription. */
  clients(publication: string, ...params: unknown[]): Promise<TestClient[]>;
}

export interface Expectation {
  readonly clients: readonly TestClient[];
  /** The documents that every one of the clients must show in the end. */
  readonly shown: readonly Item[];
  /** @default what the clients show */
  readonly stored?: readonly Item[];
}

export type AddReplicationTest = (outcome: string, write: (scene: Scene) => Promise<Expectation>) => void;

const FIELDS = ['_id', 'group', 'kind', 'n'];

export function replicationTest(topology: Topology): AddReplicationTest {
  return (outcome, write) =>
    addTest(`replication (${topology.name}) - ${outcome}`, async (test, scope) => {
      for (const nodes of rotations(await sharedNodes(topology))) {
        const group = newGroup();
        const expected = await write({
          group,
          nodes,
          item: (id, fields) => ({ _id: `${group}-${id}`, group, n: 0, ...fields }),
          clients: (publication, ...params) => scope.clients(nodes, publication, ...params),
        });
        for (const [index, client] of expected.clients.entries()) {
          const what = `client ${index} to show ${text(expected.shown)}, written on ${nodes[0].strategy}`;
          await eventually(what, async () => text(await client.items()) === text(expected.shown));
        }
        test.equal(text(await stored(group)), text(expected.stored ?? expected.shown));
      }
    });
}

function text(items: readonly Item[]): string {
  return JSON.stringify(
    [...items].sort((a, b) => (a._id < b._id ? -1 : 1)),
    FIELDS,
  );
}
