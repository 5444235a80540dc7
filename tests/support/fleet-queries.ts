/**
 * The live queries of each node of a fleet, as publications and as queries of the database.
 *
 * Used by `convergence-run.ts`. Either all nodes have the same ones, so that every write concerns every node. Or each node
 * has those of some groups, its partitions, so that its index skips most writes.
 */

import { rawItems } from './database';
import type { Item } from './node-config';
import { KINDS, TICKS } from './workload';

/** One query, as a publication and as a query of the database. */
export interface Query {
  readonly publication: string;
  readonly params: readonly unknown[];
  find(): Promise<Item[]>;
}

const LIMIT = 5;
/** Partitions hold few documents. With a lower limit some of them stay outside the window. */
const PARTITION_LIMIT = 2;

/** @param ids documents with live queries of their own */
export function sameQueries(group: string, ids: readonly string[]): Query[] {
  return [
    inGroup(group),
    ofKind(group, KINDS[0]),
    ...ids.map(one),
    top(group, LIMIT),
    withTick(TICKS[0], [group]),
  ];
}

/**
 * Returns the live queries of one node. Nodes have one group whole and one in part. The latter is whole on no node.
 *
 * @param index of the node
 * @param groups two for each node
 * @param id a document with a live query of its own
 */
export function partitionedQueries(index: number, groups: readonly string[], id: string): Query[] {
  const [whole = '', part = ''] = groups.slice(2 * index, 2 * index + 2);
  const kind = KINDS[index % 2 === 0 ? 0 : 1];
  // It depends on no field by which documents leave the selectors of writes, but for the group.
  const queries = [inGroup(whole), ofKind(part, kind), one(id), withTick(TICKS[index % 3] ?? 1, groups)];
  // A sort field concerns a node in all groups. So some nodes have no such query, and one of another index instead.
  return [...queries, index % 2 === 0 ? top(whole, PARTITION_LIMIT) : kindInGroups(kind, [whole, part])];
}

function inGroup(group: string): Query {
  return { publication: 'group', params: [group], find: () => rawItems().find({ group }).toArray() };
}

function ofKind(group: string, kind: string): Query {
  return {
    publication: 'kind',
    params: [group, kind],
    find: () => rawItems().find({ group, kind }).toArray(),
  };
}

/** Indexed by its kind, as that has fewer values. */
function kindInGroups(kind: string, groups: string[]): Query {
  return {
    publication: 'kindInGroups',
    params: [kind, groups],
    find: () =>
      rawItems()
        .find({ kind, group: { $in: groups } })
        .toArray(),
  };
}

function withTick(tick: number, groups: readonly string[]): Query {
  return {
    publication: 'tick',
    params: [tick, groups],
    find: () =>
      rawItems()
        .find({ tick, group: { $in: [...groups] } })
        .toArray(),
  };
}

function one(id: string): Query {
  return { publication: 'one', params: [id], find: () => rawItems().find({ _id: id }).toArray() };
}

function top(group: string, limit: number): Query {
  return {
    publication: 'top',
    params: [group, limit],
    find: () => rawItems().find({ group }).sort({ n: -1 }).limit(limit).toArray(),
  };
}
