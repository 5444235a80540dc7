/** Clients of a node: a DDP connection with one subscription each. */

import { DDP } from 'meteor/ddp';
import { Mongo } from 'meteor/mongo';
import type { Item } from './node-config';
import type { Methods } from './node-methods';

export interface TestClient {
  /** Returns what the client has received of the collection `items`, by id. */
  items(): Promise<Item[]>;
  ids(): Promise<string[]>;
  /** Over the same connection, so that the result is ordered with what the subscription sends. */
  call<Name extends keyof Methods>(name: Name, ...args: Parameters<Methods[Name]>): ReturnType<Methods[Name]>;
  disconnect(): void;
}

/**
 * Connects a client and waits until its subscription is ready.
 *
 * @throws Error when the subscription is refused; the client is disconnected then
 */
export async function connectClient(
  url: string,
  publication: string,
  params: readonly unknown[],
): Promise<TestClient> {
  const connection = DDP.connect(url);
  const options = { connection, _suppressSameNameError: true, defineMutationMethods: false };
  const items = new Mongo.Collection<Item>('items', options as object);
  try {
    await new Promise<void>((resolve, reject) => {
      connection.subscribe(publication, ...params, {
        onReady: resolve,
        onStop: (error?: Error) => reject(error ?? new Error(`subscription ${publication} stopped`)),
      });
    });
  } catch (error) {
    connection.disconnect();
    throw error;
  }
  const sorted = async () => (await items.find({}).fetchAsync()).sort((a, b) => (a._id < b._id ? -1 : 1));
  return {
    items: sorted,
    ids: async () => (await sorted()).map((item) => item._id),
    call: (name, ...args) => connection.callAsync(name, ...(args as never[])) as never,
    disconnect: () => connection.disconnect(),
  };
}
