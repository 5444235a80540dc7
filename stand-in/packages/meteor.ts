/**
 * Stands in for `meteor/meteor` on a server: methods, publications, start-up hooks and write fences.
 *
 * Called by Cluster, the tests and applications. Uses the DDP server of `mongodb-livedata-server`, and corrects the write
 * fences of that library on their prototype.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { DDPServer as LiveDDPServer } from 'mongodb-livedata-server';
import { _InvalidationCrossbar } from 'mongodb-livedata-server/dist/meteor/ddp/crossbar';
import { _WriteFence } from 'mongodb-livedata-server/dist/meteor/ddp/writefence';
import { WebApp } from './webapp';

type Handler = (...args: never[]) => unknown;
type Handlers = Record<string, Handler>;

class MeteorError extends Error {
  readonly isClientSafe = true;
  readonly errorType = 'Meteor.Error';

  constructor(
    readonly error: string | number,
    readonly reason?: string,
    readonly details?: string,
  ) {
    super(`${reason ? `${reason} ` : ''}[${error}]`);
  }
}

const server = new LiveDDPServer({}, WebApp.httpServer);
const startupHooks: (() => unknown)[] = [];
/** The current write fence of each asynchronous call, as in Meteor. The library has one static variable instead. */
const currentFence = new AsyncLocalStorage<_WriteFence | undefined>();
makeFencesAwaitCallbacks();
makeFencesCountWrites();

/** The fence of writes outside methods. It is never armed, so it never fires and delays nothing. */
const noFence = _WriteFence._CurrentWriteFence;

export const Meteor = {
  isServer: true,
  isClient: false,
  server,
  settings: JSON.parse(process.env.METEOR_SETTINGS || '{}'),
  Error: MeteorError,

  startup(hook: () => unknown): void {
    startupHooks.push(hook);
  },

  publish(name: string, handler: Handler): void {
    server.publish(name, handler as never);
  },

  methods(handlers: Handlers): void {
    for (const [name, handler] of Object.entries(handlers)) {
      server.methods({
        [name]: async function (this: unknown, ...args: unknown[]) {
          const fence = _WriteFence._CurrentWriteFence;
          _WriteFence._CurrentWriteFence = noFence;
          return currentFence.run(fence, () => handler.apply(this, args as never[]));
        } as never,
      });
    }
  },

  /** Notifies the live queries. Their re-queries hold the write fence of the method that called this. */
  async refresh(notification: Record<string, unknown>): Promise<void> {
    _WriteFence._CurrentWriteFence = currentFence.getStore() ?? noFence;
    try {
      _InvalidationCrossbar.fire(notification);
    } finally {
      _WriteFence._CurrentWriteFence = noFence;
    }
  },
};

/** Returns the write fence of the running method. Called by `mongo.ts` and `ddp-server.ts`; Meteor has no such export. */
export function getCurrentFence(): _WriteFence | undefined {
  return currentFence.getStore();
}

/** Runs the hooks given to `Meteor.startup`, in order. Called by `main.ts`. */
export async function runStartupHooks(): Promise<void> {
  for (const hook of startupHooks) await hook();
}

/** Makes a fence wait for the promises of its `onBeforeFire` callbacks, as in Meteor. The library's fires at once. */
function makeFencesAwaitCallbacks(): void {
  const { onBeforeFire } = _WriteFence.prototype;
  _WriteFence.prototype.onBeforeFire = function (callback: (fence: _WriteFence) => unknown) {
    onBeforeFire.call(this, (fence: _WriteFence) => {
      const write = fence.beginWrite();
      void Promise.resolve(callback(fence)).finally(() => write.committed());
    });
  };
}

/**
 * Makes a fence count its writes, instead of remembering which are committed. The library's oplog driver begins a write
 * for each live query, but commits only the last one, as many times. With two live queries no fence would fire.
 */
function makeFencesCountWrites(): void {
  interface Fence {
    retired: boolean;
    fired: boolean;
    outstanding_writes: number;
    _maybeFire(): void;
  }
  Object.assign(_WriteFence.prototype, {
    beginWrite(this: Fence) {
      if (this.retired) return { committed() {} };
      if (this.fired) throw new Error('the write fence has already fired: it takes no more writes');
      this.outstanding_writes += 1;
      return {
        committed: () => {
          this.outstanding_writes -= 1;
          this._maybeFire();
        },
      };
    },
  });
}
