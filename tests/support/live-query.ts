/** A live query in this process, and which documents it shows. Used by tests of the feed. */

import type { Mongo } from 'meteor/mongo';
import type { Item } from './node-config';
import type { Scope } from './scope';

interface Options {
  readonly sort?: object;
  readonly limit?: number;
  /** Cluster sees it, and the query is sent without it: the embedded database knows no collations. */
  readonly collation?: object;
}

/** Opens a live query until the test ends. Returns the ids that it shows, as of now. */
export async function shownIds(
  scope: Scope,
  collection: Mongo.Collection<Item>,
  selector: object,
  options: Options = {},
): Promise<ReadonlySet<string>> {
  const shown = new Set<string>();
  await open(scope, collection, selector, options, {
    added: (id) => void shown.add(id),
    removed: (id) => void shown.delete(id),
  });
  return shown;
}

/** Opens a live query until the test ends. Returns the documents as they were when they entered, without their ids. */
export async function shownDocuments(
  scope: Scope,
  collection: Mongo.Collection<Item>,
  selector: object,
): Promise<ReadonlyMap<string, object>> {
  const shown = new Map<string, object>();
  await open(
    scope,
    collection,
    selector,
    {},
    {
      added: (id, fields) => void shown.set(id, fields),
      removed: (id) => void shown.delete(id),
    },
  );
  return shown;
}

async function open(
  scope: Scope,
  collection: Mongo.Collection<Item>,
  selector: object,
  { collation, ...options }: Options,
  { added, removed }: { added(id: string, fields: object): void; removed(id: string): void },
): Promise<void> {
  const subscription = {
    // Meteor passes ObjectIDs, each time another object.
    added: (_name: string, id: unknown, fields: object) => added(String(id), fields),
    changed() {},
    removed: (_name: string, id: unknown) => removed(String(id)),
    // Only the stand-in's library calls this one.
    initialAdds: (_name: string, documents: Map<string, Item>) => {
      for (const [id, fields] of documents) added(id, fields);
    },
    onStop() {},
  };
  const cursor = collection.find(selector, options) as unknown as {
    _publishCursor(subscription: object): Promise<{ stop(): unknown }>;
    _cursorDescription?: { options: object };
    cursorDescription?: { options: object };
  };
  if (collation) {
    const description = cursor._cursorDescription ?? cursor.cursorDescription;
    Object.defineProperty(description?.options, 'collation', { value: collation });
  }
  const handle = await cursor._publishCursor(subscription);
  scope.defer(() => handle.stop());
}
