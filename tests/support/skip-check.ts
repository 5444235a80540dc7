/**
 * The theorem about hints and the index. Where a change is not dispatched to a live query, the result of that query is the
 * same before and after. Stand-in only.
 *
 * The changes are those of real code: ids and fields by the mutation table, hints merged in pending changes and encoded as
 * in messages.
 */

import type { History } from '../../simulation/grammar/histories';
import type { WriteMethod } from '../../simulation/grammar/writes';
import { JudgedQuery } from '../../simulation/judged-query';
import { type Documents, matched } from '../../simulation/memory-database';
import { systemClock } from '../../src/base/time';
import type { IdString } from '../../src/base/values';
import type { Change } from '../../src/changes/change';
import { PendingChanges } from '../../src/changes/pending-changes';
import { createHasher, decodeHint, encodeHint, type Hint } from '../../src/matching/hint';
import { QueryIndex } from '../../src/matching/query-index';
import { decodeScopes, encodeScopes, mayBeSelected, mayEnter, type Scope } from '../../src/matching/scope';
import { idsOfSelector, stringifyIds } from '../../src/meteor/ids';
import { withKnowledge } from '../../src/session/session';
import { MUTATIONS, type WrittenIds } from '../../src/writes/mutations';
import { withSelected } from '../../src/writes/written-fields';

const hashes = new Map<string, string>();
const createHash = createHasher('a key');

/** As fast as a million cases need it. */
function hash(field: string, key: string): string {
  const name = `${field}\0${key}`;
  const known = hashes.get(name) ?? createHash(field, key);
  hashes.set(name, known);
  return known;
}

/** The changes of two nodes that are published together. */
export class Batch {
  readonly #nodes = [new PendingChanges(), new PendingChanges()] as const;

  add(change: Change, isByOther: boolean): void {
    this.#nodes[isByOther ? 1 : 0].add(change);
  }

  takeAll(): readonly Change[] {
    return this.#nodes.flatMap((pending) => pending.takeAll());
  }
}

/** Returns the queries that Meteor's matcher understands: it polls the others. */
export function judgedQueries({ queries, knowsCollations }: History): JudgedQuery[] {
  return queries.flatMap((query) => unlessItThrows(() => new JudgedQuery(query, knowsCollations)) ?? []);
}

/** How often something was left out, to find out a check that checks nothing. */
export const counts = { changes: 0, unread: 0, undispatched: 0, dispatched: 0, scoped: 0 };

/**
 * Returns the change that a node publishes about a write.
 *
 * @param args of the method behind the collection
 */
export function changeOf(
  method: WriteMethod,
  args: readonly unknown[],
  result: unknown,
  { before, after }: { readonly before: Documents; readonly after: Documents },
): Change {
  const mutation = MUTATIONS[method];
  const named = unlessItThrows(() => mutation?.ids(args, idsOfSelector)) ?? 'all';
  const ids = mutation?.keepsMatching?.(args) && named === 'all' ? found(args[0], before, after) : named;
  const written = mutation?.idsOfResult?.(result, ids, true) ?? ids;
  const known = unlessItThrows(() => mutation?.fields?.(args));
  const fields = named === 'all' ? unlessItThrows(() => withSelected(known, args[0], args[2])) : known;
  const change: Change = { collection: 'items', ids: stringifyIds(written) };
  return withKnowledge(
    change,
    { fields },
    { clock: systemClock, hash, isHinted: true, since: systemClock.now() },
  );
}

/** Returns what a look-up after the write finds. @throws Error when a document does not match any more */
function found(selector: unknown, before: Documents, after: Documents): WrittenIds {
  const ids = matched(after, selector).map(([id]) => id);
  for (const [id] of matched(before, selector)) {
    if (!ids.includes(id)) throw new Error(`${id} does not match any more, so a look-up does not find it`);
  }
  return [...ids].map((id) => after.get(id)?._id);
}

/**
 * Checks one batch of writes that are published together, document by document.
 *
 * @param changes what the nodes have published about the writes
 * @throws Error when a live query to which nothing is dispatched has another result afterwards
 */
export function checkSkips(
  queries: readonly JudgedQuery[],
  before: Documents,
  after: Documents,
  changes: readonly Change[],
): void {
  let current = before;
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(id) === after.get(id)) continue;
    const document = after.get(id);
    const next = new Map(current);
    if (document) next.set(id, document);
    else next.delete(id);
    checkDocument(queries, current, next, id, changes);
    current = next;
  }
}

function checkDocument(
  queries: readonly JudgedQuery[],
  before: Documents,
  after: Documents,
  id: IdString,
  changes: readonly Change[],
): void {
  const concerning = changes.filter(({ ids }) => ids === 'all' || ids.includes(id));
  if (concerning.length === 0) throw new Error(`no change names the document ${id}`);
  counts.changes += 1;
  const naming = concerning.filter(({ ids }) => ids !== 'all');
  const scopes = receivedScopes(concerning.filter(({ ids }) => ids === 'all'));
  if (!scopes) return;
  const index = indexOf(queries, before);
  const isRead = naming.some(({ hints }) => index.mayConcern(id, asReceived(hints?.get(id))));
  const dispatched = isRead ? index.concerned(id, after.get(id)) : new Set<JudgedQuery>();
  if (!isRead) counts.unread += 1;
  if (scopes.length > 0) counts.scoped += 1;
  const told = isRead ? 'read' : scopes.length > 0 ? 'scope' : 'hint';
  for (const query of queries) {
    if (dispatched.has(query) || isInScope(query, id, { before, index, scopes })) {
      counts.dispatched += 1;
      continue;
    }
    counts.undispatched += 1;
    if (query.isUnchanged(before, after, id)) continue;
    throw new Error(`the ${told} of document ${id} leaves out a live query`);
  }
}

interface Judged {
  readonly before: Documents;
  readonly index: QueryIndex<JudgedQuery>;
  readonly scopes: readonly Scope[];
}

/** Returns whether a live query runs again. Stricter than the feed: of what it holds, only the document itself counts. */
function isInScope(query: JudgedQuery, id: IdString, { before, index, scopes }: Judged): boolean {
  const entry = index.entryOf(query);
  const held = index.holds(query, id) ? before.get(id) : undefined;
  return scopes.some(
    ({ hint, selected }) =>
      !entry || mayEnter(entry, hint, hash) || (held !== undefined && mayBeSelected(held, selected, hash)),
  );
}

/** @returns `undefined`: every live query runs again */
function receivedScopes(changes: readonly Change[]): readonly Scope[] | undefined {
  const received = changes.map(
    ({ scopes }) => scopes && decodeScopes(JSON.parse(JSON.stringify(encodeScopes(scopes)))),
  );
  return received.every((scopes) => scopes !== undefined) ? received.flat() : undefined;
}

/** Returns an index of settled live queries that hold what they show. */
function indexOf(queries: readonly JudgedQuery[], documents: Documents): QueryIndex<JudgedQuery> {
  const index = new QueryIndex<JudgedQuery>(hash);
  for (const query of queries) {
    index.add(query, query.shape);
    const { ids, last } = query.held(documents);
    for (const id of ids) index.hold(query, id);
    index.settle(query, last);
  }
  return index;
}

function asReceived(hint: Hint | undefined): Hint | undefined {
  return hint && decodeHint(encodeHint(hint));
}

function unlessItThrows<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
