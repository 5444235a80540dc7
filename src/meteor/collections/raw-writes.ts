/**
 * Raw writes: those that the application makes with MongoDB's driver on a connection of Meteor's.
 *
 * Called by `collections.ts`, which knows the opened collections. Strategy `update` calls the driver by way of it, so that its
 * own writes are not reported.
 */

import { MongoInternals } from 'meteor/mongo';
import { type DriverCall, DriverCalls } from '../../writes/driver-calls';
import { type DriverWatcherContext, watchDriver } from '../../writes/driver-watcher';
import { Transactions } from '../../writes/transactions';
import type { CallOfDriver } from '../../writes/write-watcher';
import type { OpenedCollection } from './opened-collection';

const calls = new DriverCalls();
const transactions = new Transactions();

/** Watches the driver that Meteor uses. Another copy of it has classes of its own, and connections that are not Meteor's. */
export function watchRawWrites(find: DriverWatcherContext['find']): void {
  watchDriver(MongoInternals.NpmModules.mongodb.module, { calls, transactions, find });
}

/** Makes a call that leads to the driver at once, without reporting that as a raw write. */
export function callDriver<Result>(collection: OpenedCollection, make: () => Result): CallOfDriver<Result> {
  const call: DriverCall = { collections: [collection] };
  const result = calls.run(call, make);
  return { result, transaction: call.transaction, isDriverCalled: call.isDriverCalled ?? false };
}
