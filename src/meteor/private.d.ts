/**
 * The parts of Meteor that Cluster uses beyond its documented API. Only the files of this folder may import these.
 */

declare module 'meteor/ddp-server' {
  export namespace DDPServer {
    const _InvalidationCrossbar: {
      listen(trigger: Record<string, unknown>, listener: () => void): { stop(): void };
    };
    /** Returns the fence of the running method, if any. */
    function _getCurrentFence(): WriteFence | undefined;

    interface WriteFence {
      readonly fired: boolean;
      beginWrite(): { committed(): unknown };
    }
  }
}

declare module 'meteor/minimongo' {
  export namespace LocalCollection {
    /** Returns the ids that a selector names (`{_id: x}`, `{_id: {$in: [..]}}`, an `$and` with one of these), else null. */
    function _idsMatchedBySelector(selector: unknown): unknown[] | null;
  }
}

declare module 'meteor/mongo-id' {
  export namespace MongoID {
    /** @throws Error for an object that is not a `Mongo.ObjectID` */
    function idStringify(id: unknown): string;
    function idParse(id: string): unknown;
  }
}
