/**
 * What Cluster uses of Meteor beyond its documented API. Only the files of this folder may import these.
 */

declare module 'meteor/ddp-server' {
  export namespace DDPServer {
    const _InvalidationCrossbar: {
      listen(trigger: Record<string, unknown>, listener: () => void): { stop(): void };
    };
    /** The fence of the method that is running, if any. */
    function _getCurrentFence(): WriteFence | undefined;

    interface WriteFence {
      readonly fired: boolean;
      beginWrite(): { committed(): unknown };
    }
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
