/**
 * The methods `on`, `once` and `off`, and the way to emit an event. The facade inherits them.
 *
 * Listeners are the application's: nothing that they do reaches who emits, or another listener.
 */

import { AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { isThenable } from '../base/values';
import { kindOf, quoted } from '../config/config-error';
import { type ClusterEvents, type ClusterListener, EVENT_NAMES, type EventName } from './events';

export abstract class ClusterEventEmitter {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  /**
   * Adds a listener of an event. May be called before `init`; listeners stay after `close`.
   *
   * @param event the name of the event
   * @param listener called with each event. Its errors and rejections are logged
   * @throws Error for an unknown event, or a listener that is no function
   */
  on<Name extends EventName>(event: Name, listener: ClusterListener<Name>): this {
    checkArguments('on', event, listener);
    this.#emitter.on(event, inContextOfNow(listener));
    return this;
  }

  /** Adds a listener of the next event of this name alone. Otherwise the same as `on`. */
  once<Name extends EventName>(event: Name, listener: ClusterListener<Name>): this {
    checkArguments('once', event, listener);
    const bound = inContextOfNow(listener);
    const call = (payload: ClusterEvents[Name]) => {
      this.#emitter.off(event, wrapped);
      return bound(payload);
    };
    const wrapped = Object.assign(call, { listener });
    this.#emitter.on(event, wrapped);
    return this;
  }

  /** Removes a listener that `on` or `once` has added. */
  off<Name extends EventName>(event: Name, listener: ClusterListener<Name>): this {
    checkArguments('off', event, listener);
    this.#emitter.off(event, listener);
    return this;
  }

  /** Calls the listeners when the code that runs now has ended, as they may call `close()`, for example. Never throws. */
  protected emit<Name extends EventName>(name: Name, event: ClusterEvents[Name]): void {
    if (this.#emitter.listenerCount(name) === 0) return;
    Object.freeze(event);
    queueMicrotask(() => this.callListeners(name, event));
  }

  /** Called when a listener has thrown or rejected. */
  protected abstract onListenerFailure(event: EventName, error: unknown): void;

  private callListeners<Name extends EventName>(name: Name, event: ClusterEvents[Name]): void {
    const failed = (error: unknown) => this.onListenerFailure(name, error);
    for (const listener of this.#emitter.rawListeners(name)) {
      try {
        const result: unknown = listener(event);
        if (isThenable(result)) result.then(undefined, failed);
      } catch (error) {
        failed(error);
      }
    }
  }
}

/**
 * Events are emitted within whatever call has caused them, a method call with its write fence for example. A listener runs
 * in the context in which it was added.
 */
function inContextOfNow<Name extends EventName>(listener: ClusterListener<Name>): ClusterListener<Name> {
  const bound = AsyncResource.bind((event: ClusterEvents[Name]) => listener(event));
  // By this property an EventEmitter finds what to remove.
  return Object.assign(bound, { listener });
}

function checkArguments(method: string, event: unknown, listener: unknown): void {
  if (!(EVENT_NAMES as readonly unknown[]).includes(event)) {
    const got = typeof event === 'string' && event !== '' ? JSON.stringify(event) : kindOf(event);
    throw new Error(`Cluster: ${method}() takes one of the events ${quoted(EVENT_NAMES)}; got ${got}`);
  }
  if (typeof listener === 'function') return;
  throw new Error(`Cluster: ${method}() takes a function as its listener; got ${kindOf(listener)}`);
}
