/**
 * Executes writes on documents in memory, by the code of others: minimongo's modifiers, and mingo for what minimongo lacks
 * (`$bit`, `$[]`, `$[e]`, pipelines). A write that these refuse changes nothing. Stand-in only.
 *
 * Collations and the choice among several matches are left out: which documents a write changes does not matter here.
 */

import { Mongo } from 'meteor/mongo';
import { updateOne } from 'mingo/updater';
import { clone } from 'mongodb-livedata-server/dist/meteor/ejson/ejson';
import {
  _modify,
  populateDocumentWithQueryFields,
} from 'mongodb-livedata-server/dist/meteor/mongo/minimongo_common';
import { MinimongoMatcher } from 'mongodb-livedata-server/dist/meteor/mongo/minimongo_matcher';
import { property } from '../src/base/values';
import { stringifyId } from '../src/meteor/ids';
import type { Fields } from './grammar/values';
import type { Write } from './grammar/writes';
import { throughDriver } from './stored';

/** The documents of a collection by their ids as text, as Meteor reads them. */
export type Documents = ReadonlyMap<string, Fields>;

/** The effect of a write. */
export interface Executed {
  /** The result of Meteor's method. */
  readonly result: unknown;
  readonly after: Documents;
}

export const NO_DOCUMENTS: Documents = new Map();

let generated = 0;

/** Returns the arguments with which Meteor calls the method behind a collection, where Cluster reads them. */
export function innerArguments(
  { method, args: [first, ...rest] }: Write,
  createId = newId,
): readonly unknown[] {
  if (method === 'insertAsync') return [{ ...(first as Fields), _id: property(first, '_id') ?? createId() }];
  const { _rewriteSelector: rewrite } = Mongo.Collection as unknown as {
    _rewriteSelector(selector: unknown): unknown;
  };
  return [rewrite(first), ...rest];
}

/**
 * @param args as `innerArguments` returns them
 * @returns `undefined` when the write is refused
 */
export function execute(
  before: Documents,
  method: Write['method'],
  args: readonly unknown[],
): Executed | undefined {
  try {
    return EXECUTORS[method](before, args);
  } catch {
    return undefined;
  }
}

/** Returns the documents that a selector matches, with the array index that `$` stands for. */
export function matched(
  documents: Documents,
  selector: unknown,
): [id: string, Fields, indices: number[] | undefined][] {
  const _id = property(selector, '_id');
  // Most writes name one id.
  if (typeof _id === 'string' && Object.keys(selector as object).length === 1) {
    const id = stringifyId(_id);
    const document = documents.get(id);
    return document ? [[id, document, undefined]] : [];
  }
  const matcher = new MinimongoMatcher(throughDriver(selector) as never);
  return [...documents].flatMap(([id, document]) => {
    const { result, arrayIndices } = matcher.documentMatches(document);
    return result ? [[id, document, arrayIndices]] : [];
  });
}

const EXECUTORS: Readonly<
  Record<Write['method'], (before: Documents, args: readonly unknown[]) => Executed | undefined>
> = {
  insertAsync(before, [given]) {
    const document = throughDriver(given) as Fields;
    const id = stringifyId(document._id);
    return before.has(id) ? undefined : { result: document._id, after: new Map([...before, [id, document]]) };
  },
  updateAsync: (before, args) => update(before, args, Boolean(property(args[2], 'upsert'))),
  upsertAsync: (before, args) => update(before, args, true),
  removeAsync(before, [selector]) {
    const after = new Map(before);
    const removed = matched(before, selector);
    for (const [id] of removed) after.delete(id);
    return { result: removed.length, after };
  },
};

function update(
  before: Documents,
  [selector, given, options]: readonly unknown[],
  isUpsert: boolean,
): Executed {
  const modifier = throughDriver(given);
  const all = matched(before, selector);
  const isMulti = Boolean(property(options, 'multi'));
  if (isMulti && !isOperators(modifier)) throw new Error('multi needs operators');
  if (all.length === 0 && isUpsert) return insertUpserted(before, selector, modifier);
  const after = new Map(before);
  const written = isMulti ? all : all.slice(0, 1);
  for (const [id, document, arrayIndices] of written) {
    const changed = modified(document, modifier, property(options, 'arrayFilters'), arrayIndices);
    if (stringifyId(changed._id) !== id) throw new Error('an id cannot be changed');
    after.set(id, changed);
  }
  return { result: isUpsert ? { numberAffected: written.length } : written.length, after };
}

function insertUpserted(before: Documents, selector: unknown, modifier: unknown): Executed {
  const base = { _id: newId(), ...populateDocumentWithQueryFields(throughDriver(selector)) } as Fields;
  _modify(base, modifier, { isInsert: true });
  const document = throughDriver(base) as Fields;
  const id = stringifyId(document._id);
  if (before.has(id)) throw new Error('the id is in use');
  const result = { numberAffected: 1, insertedId: document._id };
  return { result, after: new Map([...before, [id, document]]) };
}

function modified(
  document: Fields,
  modifier: unknown,
  arrayFilters: unknown,
  arrayIndices: number[] | undefined,
): Fields {
  const copy = clone(document) as Fields;
  if (needsMingo(modifier)) {
    const documents = [copy];
    updateOne(documents, {}, modifier as never, {
      arrayFilters: (arrayFilters ?? []) as never,
      cloneMode: 'deep',
    });
    return throughDriver(documents[0]) as Fields;
  }
  _modify(copy, modifier, arrayIndices && { arrayIndices });
  // Both came through the driver.
  return copy;
}

function needsMingo(modifier: unknown): boolean {
  if (Array.isArray(modifier) || property(modifier, '$bit') !== undefined) return true;
  return Object.values(modifier as object).some((changes) =>
    Object.keys(changes ?? {}).some((path) => path.includes('$[')),
  );
}

function isOperators(modifier: unknown): boolean {
  return Array.isArray(modifier) || Object.keys(modifier as object).some((name) => name.startsWith('$'));
}

function newId(): string {
  generated += 1;
  return `new-${generated}`;
}
