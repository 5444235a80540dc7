/** A small application. Never run: `tsc` checks it as a user's, once with each layout. */

import {
  type BroadcastHandler,
  Cluster,
  type ClusterConfig,
  ClusterConfigError,
  type ClusterMetrics,
  type ClusterStatus,
  metricFamilies,
  type RedisClient,
} from 'meteor/cluster';
import { Meteor } from 'meteor/meteor';
import { Mongo } from 'meteor/mongo';

declare const redisClient: RedisClient;
const Posts = new Mongo.Collection<{ _id: string; title: string }>('posts');

const config: ClusterConfig = {
  url: 'redis://127.0.0.1:6379',
  strategy: 'feed',
  createClient: null,
  logger: console,
  // @ts-expect-error an option that does not exist
  pollInterval: 1000,
};

// Where the types were not found, all would be `any`, and none of the lines below an error.
// @ts-expect-error a text where a number belongs
export const wrongValue: ClusterConfig = { heartbeatInterval: '2000' };
// @ts-expect-error two forms of the address
export const twoAddresses: ClusterConfig = { url: 'redis://127.0.0.1:6379', host: '127.0.0.1' };
// @ts-expect-error the same, of the clients that the application creates
export const alsoClients: ClusterConfig = { createClient: () => redisClient, port: 6379 };
// @ts-expect-error two names of the password
export const twoPasswords: ClusterConfig = { host: '127.0.0.1', password: 'p', auth: 'p' };
// @ts-expect-error sharded without clients of a Redis Cluster
export const withoutClients: ClusterConfig = { url: 'redis://127.0.0.1:6379', sharded: true };
export const oneAddress: readonly ClusterConfig[] = [
  { namespace: 'n' },
  { url: 'redis://127.0.0.1:6379', db: 1, host: null },
  { host: '127.0.0.1', port: 6379, password: 'p', auth: undefined },
  { host: '127.0.0.1', auth: 'p', db: 1 },
  { createClient: () => redisClient, sharded: true },
];
// @ts-expect-error a method that does not exist
export const wrongMethod = () => Cluster.synchronize(Posts);
// @ts-expect-error a payload is of an unknown type
export const unchecked: BroadcastHandler = (payload) => payload.room;
// @ts-expect-error the same of the other way to Cluster
export const wrongMethodOfMeteor = () => Meteor.Cluster.synchronize(Posts);
// @ts-expect-error a class that is exported as a type only
export const noClass = async () => (await import('meteor/cluster')).MeteorCluster;

Meteor.startup(async () => {
  try {
    const isConnected: boolean = await Cluster.init(config);
    console.log(isConnected);
  } catch (error) {
    if (error instanceof ClusterConfigError) console.error(error.option.toUpperCase());
  }
  Meteor.Cluster.sync(Posts, Meteor.users, ['comments']);
  Cluster.syncAll({ except: ['sessions'] });
  const { insertedIds } = await Posts.rawCollection().insertMany([{ _id: 'a', title: 'A' }]);
  await Cluster.touch(Posts, insertedIds);
  const stop: () => void = Cluster.onBroadcast('typing', (payload) => console.log(payload));
  // @ts-expect-error an annotation is no decision to trust the sender
  Cluster.onBroadcast('typing', ({ room }: { room: string }) => console.log(room));
  Cluster.onBroadcast<{ room: string }>('typing', ({ room }) => console.log(room.toUpperCase()));
  const isAccepted: boolean = await Cluster.broadcast('typing', { room: 'lobby', at: new Date() });
  if (isAccepted) stop();
  const status: ClusterStatus = Meteor.Cluster.status();
  console.log(status.peers.toFixed(), status.liveQueries.posts?.fed);
  Cluster.on('disconnect', ({ reason }) => console.log(reason.toUpperCase()));
  // @ts-expect-error an event that does not exist
  Cluster.once('disconnected', () => {});
  // @ts-expect-error a field that this event does not have
  Cluster.on('connect', ({ reason }) => console.log(reason));
  const metrics: ClusterMetrics = Cluster.metrics();
  console.log(metrics.counters.dropped.malformed.toFixed(), metricFamilies(metrics)[0]?.help.toUpperCase());
  const isHealthy: boolean = Cluster.healthy();
  console.log(isHealthy);
});
