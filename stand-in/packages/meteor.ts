/** Stands in for `meteor/meteor` on a server, over the DDP server of `mongodb-livedata-server`. */

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
/** The library keeps the current fence in one static variable; Meteor keeps it per asynchronous call, and so do we. */
const currentFence = new AsyncLocalStorage<_WriteFence | undefined>();
makeFencesWaitForWhatIsAsked();
makeFencesCountWrites();

/** Never armed, so it never fires: what is written outside of a method waits for nobody. */
const noFence = _WriteFence._CurrentWriteFence;

export const Meteor = {
  isServer: true,
  isClient: false,
  server,
  settings: {},
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

  /** Tells the live queries; their looking at the database holds up the fence of the method this is called in. */
  async refresh(notification: Record<string, unknown>): Promise<void> {
    _WriteFence._CurrentWriteFence = currentFence.getStore() ?? noFence;
    try {
      _InvalidationCrossbar.fire(notification);
    } finally {
      _WriteFence._CurrentWriteFence = noFence;
    }
  },
};

/** The fence of the method that is running. Not Meteor's API: for the stand-in's own `mongo` and `ddp-server`. */
export function getCurrentFence(): _WriteFence | undefined {
  return currentFence.getStore();
}

/** Runs what `Meteor.startup` was given, in order. For the stand-in's `main`. */
export async function runStartupHooks(): Promise<void> {
  for (const hook of startupHooks) await hook();
}

/** In the library a fence fires without waiting for what is to be done before; Meteor's waits. */
function makeFencesWaitForWhatIsAsked(): void {
  const { onBeforeFire } = _WriteFence.prototype;
  _WriteFence.prototype.onBeforeFire = function (ask: (fence: _WriteFence) => unknown) {
    onBeforeFire.call(this, (fence: _WriteFence) => {
      const write = fence.beginWrite();
      void Promise.resolve(ask(fence)).finally(() => write.committed());
    });
  };
}

/**
 * The library's oplog driver begins a write for each live query and, by a variable of too wide a scope, commits the last
 * one as many times: with two live queries no fence ever fired. Counting them comes to what Meteor does.
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
      if (this.fired) throw new Error('fence has already activated -- too late to add writes');
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
