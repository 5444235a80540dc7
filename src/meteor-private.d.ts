/**
 * What Cluster uses of Meteor beyond its documented API. Only `meteor.ts` may import these, and it checks at
 * start-up that they are there.
 */

declare module 'meteor/ddp-server' {
  export namespace DDPServer {
    const _InvalidationCrossbar: { fire(notification: Record<string, unknown>): unknown };
  }
}

declare module 'meteor/minimongo' {
  export namespace LocalCollection {
    /** The ids a selector names (`{_id: x}`, `{_id: {$in: [..]}}`, or an `$and` with one of these), else null. */
    function _idsMatchedBySelector(selector: unknown): unknown[] | null;
  }
}

declare module 'meteor/mongo-id' {
  export namespace MongoID {
    /** @throws Error for an object that is no `Mongo.ObjectID` */
    function idStringify(id: unknown): string;
    function idParse(id: string): unknown;
  }
}
