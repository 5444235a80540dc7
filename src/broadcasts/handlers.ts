/**
 * Broadcasts as the application sees them: topics, payloads and handlers.
 *
 * Owned by `cluster.ts`, which publishes what is encoded here, and passes in what arrives. Payloads are written in EJSON,
 * as in Meteor's methods and publications. No Meteor or Redis imports.
 */

import { AsyncResource } from 'node:async_hooks';
import { kindOf } from '../config/config-error';
import { reasonOf } from '../observability/log';
import { MAX_NAME, MAX_PAYLOAD } from '../protocol/codec';

/**
 * Handles the broadcasts of a topic. The payload comes from another node. Where nodes share no secret, it may come from
 * anybody who can publish on the channel. So check it as you check the arguments of a method. The type parameter says what the
 * sender publishes, and checks nothing.
 */
export type BroadcastHandler<Payload = unknown> = (payload: Payload) => unknown;

/**
 * A payload whose type is the application's type parameter, never the annotation of a handler. A function from elsewhere would
 * pass otherwise, although nobody has decided to trust the sender. TypeScript 5.4 calls it `NoInfer`; applications may have 5.0.
 */
export type Declared<Payload> = [Payload][Payload extends unknown ? 0 : never];

/** A broadcast that can be published. */
export interface EncodedBroadcast {
  readonly topic: string;
  /** An EJSON text; `undefined`: there is no payload. */
  readonly payload: string | undefined;
}

/** Writes payloads as texts, and reads them: Meteor's `EJSON`. */
export interface PayloadFormat {
  /** @throws Error for a value that it cannot write */
  stringify(payload: unknown): unknown;
  /** @throws Error for a text that it cannot read */
  parse(text: string): unknown;
}

export class Broadcasts {
  /** The handlers of each topic. Objects, so that one function can handle a topic twice. */
  readonly #handlers = new Map<string, Set<{ readonly handle: BroadcastHandler }>>();
  readonly #format: PayloadFormat;
  readonly #onError: (topic: string, reason: string) => void;

  /** @param onError called when a handler has failed */
  constructor(format: PayloadFormat, onError: (topic: string, reason: string) => void) {
    this.#format = format;
    this.#onError = onError;
  }

  get hasHandlers(): boolean {
    return this.#handlers.size > 0;
  }

  /** @throws Error that names what was expected and what came */
  encode(topic: unknown, payload: unknown): EncodedBroadcast {
    checkTopic(topic, 'broadcast');
    if (payload === undefined) return { topic, payload };
    const text = this.stringify(topic, payload);
    if (text.length <= MAX_PAYLOAD) return { topic, payload: text };
    throw new Error(
      `Cluster: the payload of a broadcast must have at most ${MAX_PAYLOAD} characters as EJSON; ` +
        `that of "${topic}" has ${text.length}`,
    );
  }

  /**
   * Adds a handler.
   *
   * @returns removes it
   * @throws Error that names what was expected and what came
   */
  addHandler(topic: unknown, handle: unknown): () => void {
    checkTopic(topic, 'onBroadcast');
    if (!isHandler(handle)) {
      throw new Error(
        `Cluster: onBroadcast() takes a function as its second argument; got ${kindOf(handle)}`,
      );
    }
    const handlers = this.#handlers.get(topic) ?? new Set();
    // In the context of this call, not of whoever has called `init()`: a method's user, for example.
    const added = { handle: AsyncResource.bind((payload: unknown) => handle(payload)) };
    this.#handlers.set(topic, handlers.add(added));
    return () => {
      handlers.delete(added);
      if (handlers.size === 0 && this.#handlers.get(topic) === handlers) this.#handlers.delete(topic);
    };
  }

  /**
   * Called when a broadcast of another node has arrived. Runs the handlers of its topic, each with a payload of its own.
   *
   * @returns whether the payload is valid, or the topic has no handler
   */
  handle(topic: string, payload: string | undefined): boolean {
    try {
      for (const { handle } of [...(this.#handlers.get(topic) ?? [])]) {
        void this.run(topic, handle, payload === undefined ? undefined : this.#format.parse(payload));
      }
      return true;
    } catch {
      return false;
    }
  }

  /** Never rejects: what a handler throws is the application's trouble. */
  private async run(topic: string, handle: BroadcastHandler, payload: unknown): Promise<void> {
    try {
      await handle(payload);
    } catch (error) {
      this.#onError(topic, reasonOf(error));
    }
  }

  /** Returns the EJSON text of a payload. */
  private stringify(topic: string, payload: unknown): string {
    const expected = `Cluster: the payload of the broadcast "${topic}" must be a value that EJSON can write`;
    let text: unknown;
    try {
      text = this.#format.stringify(payload);
    } catch (error) {
      throw new Error(`${expected}; got one for which it says: ${reasonOf(error)}`);
    }
    if (typeof text === 'string') return text;
    throw new Error(`${expected}; got ${kindOf(payload)}`);
  }
}

function checkTopic(topic: unknown, method: string): asserts topic is string {
  if (typeof topic === 'string' && topic !== '' && topic.length <= MAX_NAME) return;
  const got = typeof topic === 'string' && topic !== '' ? `${topic.length} characters` : kindOf(topic);
  throw new Error(`Cluster: ${method}() takes a topic of 1 to ${MAX_NAME} characters; got ${got}`);
}

function isHandler(value: unknown): value is BroadcastHandler {
  return typeof value === 'function';
}
