/**
 * Live queries by ranges of one bracket: finds those whose range meets the values of a field.
 *
 * Owned by the index of a path. A treap: a tree ordered by the lower ends, balanced by random priorities, in which each node
 * knows the greatest upper end below it. So a look-up, an addition and a removal cost the logarithm of the number of ranges,
 * and a look-up besides what it finds. Equal ranges share a node. A range in reverse meets an interval that reaches beyond
 * both ends. The order of what is found does not depend on the priorities. No Meteor or Redis imports.
 */

import type { Point, Range } from './range';

type Ends = Pick<Range, 'low' | 'high'>;

interface Node<Query> extends Ends {
  readonly queries: Set<Query>;
  readonly priority: number;
  /** The greatest upper end of this node and those below it; `undefined`: one has none. */
  maxHigh: Point | undefined;
  left: Node<Query> | undefined;
  right: Node<Query> | undefined;
}

export class IntervalIndex<Query> {
  #root: Node<Query> | undefined;

  get isEmpty(): boolean {
    return this.#root === undefined;
  }

  add(query: Query, range: Ends): void {
    const known = find(this.#root, range);
    if (known) known.queries.add(query);
    else this.#root = insert(this.#root, newNode(query, range));
  }

  remove(query: Query, range: Ends): void {
    const known = find(this.#root, range);
    if (known?.queries.delete(query) && known.queries.size === 0) this.#root = remove(this.#root, known);
  }

  /** Adds the live queries whose range meets the interval. */
  collect(least: Point, greatest: Point, into: Set<Query>): void {
    collect(this.#root, least, greatest, into);
  }

  collectAll(into: Set<Query>): void {
    collectAll(this.#root, into);
  }
}

function newNode<Query>(query: Query, { low, high }: Ends): Node<Query> {
  const priority = Math.random();
  return { low, high, queries: new Set([query]), priority, maxHigh: high, left: undefined, right: undefined };
}

function collect<Query>(
  node: Node<Query> | undefined,
  least: Point,
  greatest: Point,
  into: Set<Query>,
): void {
  if (!node || (node.maxHigh !== undefined && node.maxHigh < least)) return;
  collect(node.left, least, greatest, into);
  if (node.low !== undefined && node.low > greatest) return;
  if (node.high === undefined || node.high >= least) for (const query of node.queries) into.add(query);
  collect(node.right, least, greatest, into);
}

function collectAll<Query>(node: Node<Query> | undefined, into: Set<Query>): void {
  if (!node) return;
  collectAll(node.left, into);
  for (const query of node.queries) into.add(query);
  collectAll(node.right, into);
}

function find<Query>(root: Node<Query> | undefined, range: Ends): Node<Query> | undefined {
  let node = root;
  while (node) {
    const order = compare(range, node);
    if (order === 0) return node;
    node = order < 0 ? node.left : node.right;
  }
  return undefined;
}

function insert<Query>(node: Node<Query> | undefined, added: Node<Query>): Node<Query> {
  if (!node) return added;
  if (added.priority > node.priority) {
    [added.left, added.right] = split(node, added);
    return updated(added);
  }
  if (compare(added, node) < 0) node.left = insert(node.left, added);
  else node.right = insert(node.right, added);
  return updated(node);
}

/** Returns the nodes before a range, and those after it. */
function split<Query>(
  node: Node<Query> | undefined,
  range: Ends,
): [Node<Query> | undefined, Node<Query> | undefined] {
  if (!node) return [undefined, undefined];
  if (compare(range, node) < 0) {
    const [before, after] = split(node.left, range);
    node.left = after;
    return [before, updated(node)];
  }
  const [before, after] = split(node.right, range);
  node.right = before;
  return [updated(node), after];
}

function remove<Query>(node: Node<Query> | undefined, removed: Node<Query>): Node<Query> | undefined {
  if (!node) return undefined;
  if (node === removed) return merge(node.left, node.right);
  if (compare(removed, node) < 0) node.left = remove(node.left, removed);
  else node.right = remove(node.right, removed);
  return updated(node);
}

function merge<Query>(
  left: Node<Query> | undefined,
  right: Node<Query> | undefined,
): Node<Query> | undefined {
  if (!left || !right) return left ?? right;
  if (left.priority > right.priority) {
    left.right = merge(left.right, right);
    return updated(left);
  }
  right.left = merge(left, right.left);
  return updated(right);
}

function updated<Query>(node: Node<Query>): Node<Query> {
  node.maxHigh = node.high;
  for (const child of [node.left, node.right]) {
    if (!child || node.maxHigh === undefined) continue;
    if (child.maxHigh === undefined || child.maxHigh > node.maxHigh) node.maxHigh = child.maxHigh;
  }
  return node;
}

/** Ranges are ordered by their lower ends, then by their upper ends. One without an end comes first. */
function compare(one: Ends, two: Ends): number {
  return comparePoints(one.low, two.low) || comparePoints(one.high, two.high);
}

function comparePoints(one: Point | undefined, two: Point | undefined): number {
  if (one === two) return 0;
  if (one === undefined) return -1;
  return two === undefined || one > two ? 1 : -1;
}
