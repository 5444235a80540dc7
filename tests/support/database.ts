/** The documents of the database, through a client of the driver that is not Meteor's: Cluster sees nothing of it. */

import { MongoInternals } from 'meteor/mongo';
import { takeUsedGroups } from './groups';
import type { Item } from './node-config';

const { MongoClient } = MongoInternals.NpmModules.mongodb.module;

let client: InstanceType<typeof MongoClient> | undefined;

/** Returns the collection as another program has it. */
export function rawItems() {
  client ??= new MongoClient(process.env.MONGO_URL ?? '', { ignoreUndefined: true });
  return client.db().collection<Item>('items');
}

/**
 * Removes the documents of groups that have been used since the last call, and of groups whose names begin like them.
 *
 * The embedded database scans a collection for most queries: with what 700 tests leave, 1,266 documents, a query takes ten
 * times as long.
 */
export async function removeUsedGroups(): Promise<void> {
  const groups = takeUsedGroups();
  if (groups.length > 0) await rawItems().deleteMany({ group: { $regex: `^(${groups.join('|')})` } });
}

/** Returns the documents of a group, by id. */
export function stored(group: string): Promise<Item[]> {
  return rawItems().find({ group }).sort({ _id: 1 }).toArray();
}
