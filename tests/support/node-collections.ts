/** The collections of a node: `items` through several instances and connections, and one that clients write to. */

import { Mongo, MongoInternals } from 'meteor/mongo';
import type { Item } from './node-config';

/** Meteor's options for one more instance of a name. */
export const INSTANCE = { defineMutationMethods: false, _suppressSameNameError: true } as object;

/** Opens a connection of its own to a database. */
export function openDriver(url: string | undefined): { readonly mongo: object } {
  const { RemoteCollectionDriver } = MongoInternals as unknown as {
    RemoteCollectionDriver: new (url: string | undefined, options: object) => { readonly mongo: object };
  };
  return new RemoteCollectionDriver(url, {});
}

let instance: Mongo.Collection<Item> | undefined;
let otherInstance: Mongo.Collection<Item> | undefined;

export function items(): Mongo.Collection<Item> {
  instance ??= new Mongo.Collection<Item>('items', INSTANCE);
  return instance;
}

/** Returns the same collection through a connection of its own to the same database. */
export function itemsOfOtherConnection(): Mongo.Collection<Item> {
  if (!otherInstance) {
    const _driver = openDriver(process.env.MONGO_URL);
    otherInstance = new Mongo.Collection<Item>('items', { ...INSTANCE, _driver } as object);
  }
  return otherInstance;
}

/** Opens the collection `open`, whose allow rules let clients write. The stand-in knows no such rules. */
export function allowClientWrites(): void {
  if (!('allow' in Mongo.Collection.prototype)) return;
  const yes = () => true;
  // Meteor 3.0 calls the rules by the names of the asynchronous methods.
  const rules = {
    insert: yes,
    update: yes,
    remove: yes,
    insertAsync: yes,
    updateAsync: yes,
    removeAsync: yes,
  };
  new Mongo.Collection<Item>('open').allow(rules);
}
