/**
 * The methods of MongoDB's driver that write: which collections each one writes to, and how it is read.
 *
 * Called by `driver-watcher.ts`. No Meteor or Redis imports.
 */

import { property } from '../base/values';
import { bulkMutation } from './raw-bulk';
import { ANYTHING, DOCUMENT_MUTATIONS, type RawMutation } from './raw-mutations';

/** Where the driver writes to. Unchecked, as they come from objects of the driver and from arguments. */
export interface Namespace {
  readonly client: unknown;
  readonly database: unknown;
  readonly name: unknown;
}

export interface RawMethod {
  /** Returns the collections that a call writes to. */
  namespaces(self: unknown, args: readonly unknown[]): readonly Namespace[];
  mutation(self: unknown): RawMutation;
}

const ofDocuments = Object.entries(DOCUMENT_MUTATIONS).map(([name, mutation]): [string, RawMethod] => [
  name,
  { namespaces: (self) => [namespaceOf(self)], mutation: () => mutation },
]);

const bulk: Readonly<Record<string, RawMethod>> = {
  execute: { namespaces: (self) => [namespaceOf(property(self, 'collection'))], mutation: bulkMutation },
};

/** By the driver's class, and the name of the method. */
export const RAW_METHODS = {
  Collection: {
    ...Object.fromEntries(ofDocuments),
    drop: ofWhole((self) => [namespaceOf(self)], 0),
    rename: ofWhole((self, [name]) => [namespaceOf(self), { ...namespaceOf(self), name }], 1),
  },
  Db: {
    dropCollection: ofWhole((self, [name]) => [ofDatabase(self, name)], 1),
    renameCollection: ofWhole((self, [from, to]) => [ofDatabase(self, from), ofDatabase(self, to)], 2),
  },
  OrderedBulkOperation: bulk,
  UnorderedBulkOperation: bulk,
  // An aggregation runs when its cursor is first read. Then the server answers after `$out` or `$merge` has written.
  AggregationCursor: { _initialize: ofWhole(outputOf, 0) },
} as const satisfies Readonly<Record<string, Readonly<Record<string, RawMethod>>>>;

/** Returns a method that may write any document. */
function ofWhole(namespaces: RawMethod['namespaces'], optionsAt: number): RawMethod {
  const mutation: RawMutation = { optionsAt, isSingle: false, read: () => [ANYTHING] };
  return { namespaces, mutation: () => mutation };
}

function namespaceOf(collection: unknown): Namespace {
  return {
    client: property(collection, 'client'),
    database: property(collection, 'dbName'),
    name: property(collection, 'collectionName'),
  };
}

function ofDatabase(database: unknown, name: unknown): Namespace {
  return { client: property(database, 'client'), database: property(database, 'databaseName'), name };
}

/** Returns the collection that an aggregation writes to: by its last stage, in each of the forms that MongoDB takes. */
function outputOf(cursor: unknown): readonly Namespace[] {
  const pipeline = property(cursor, 'pipeline');
  const stage: unknown = Array.isArray(pipeline) ? pipeline.at(-1) : undefined;
  const output = property(stage, '$out') ?? property(stage, '$merge');
  if (output === undefined) return [];
  const into = property(output, 'into') ?? output;
  const database = property(into, 'db') ?? property(property(cursor, 'namespace'), 'db');
  const name = typeof into === 'string' ? into : property(into, 'coll');
  return [{ client: property(cursor, 'client'), database, name }];
}
