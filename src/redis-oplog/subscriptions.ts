/**
 * Which channels carry redis-oplog's messages about a collection.
 *
 * Three programs publish in that format. redis-oplog itself has a prefix or none. The prefix of oplogtoredis and
 * changestream-to-redis is the name of the database and a dot. No Meteor or Redis imports.
 */

/** A channel, or a pattern of channels, as Redis knows them. */
export interface Subscription {
  readonly name: string;
  readonly isPattern: boolean;
}

/** A subscription, and which collection its messages are about. */
export interface CollectionSubscription extends Subscription {
  readonly collection: string;
  /** `undefined`: the messages name no database, so they are about every one in which the collection is open. */
  readonly database: string | undefined;
}

/**
 * Returns the subscriptions for one opened collection.
 *
 * @param option the option `redisOplog`: the prefix of the channels, or `true` for none and that of the database
 */
export function subscriptionsOf(
  collection: string,
  database: string,
  option: true | string,
): CollectionSubscription[] {
  if (option !== true) return withPrefix(option, collection, undefined);
  // The pattern without prefix matches channels with both a namespace and a prefix.
  const ofDatabase = withPrefix(`${database}.`, collection, database).slice(0, 2);
  return [...withPrefix('', collection, undefined), ...ofDatabase];
}

/** The channel of the collection; those of its documents; those of its namespaces. */
function withPrefix(
  prefix: string,
  collection: string,
  database: string | undefined,
): CollectionSubscription[] {
  const name = `${prefix}${collection}`;
  const target = { collection, database };
  return [
    { name, isPattern: false, ...target },
    { name: `${escaped(name)}::*`, isPattern: true, ...target },
    { name: `${escaped(prefix)}*::${escaped(collection)}`, isPattern: true, ...target },
  ];
}

/** Returns a text that stands for itself in a pattern of Redis. */
function escaped(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&');
}
