/** What the database holds, read with the `mongodb` driver, without Meteor and Cluster. */

import { MongoInternals } from 'meteor/mongo';
import type { Item } from './node-config';

export function rawItems() {
  return MongoInternals.defaultRemoteCollectionDriver().mongo.db.collection<Item>('items');
}

/** Returns the documents of a group, by id. */
export function stored(group: string): Promise<Item[]> {
  return rawItems().find({ group }).sort({ _id: 1 }).toArray();
}
