/**
 * Meteor's `MongoConnection`, as far as Cluster uses it. Types and constants only.
 *
 * This folder is the only one that uses Meteor's private API.
 */

import type { StoredDocument } from './feed-contract';

export interface FindOptions {
  readonly readPreference?: string;
  readonly projection?: object;
  readonly limit?: number;
}

export interface CursorDescription {
  readonly collectionName: string;
  readonly selector: unknown;
  options: FindOptions & { readonly sort?: unknown; readonly collation?: unknown };
}

/** Meteor's `ObserveMultiplexer`: what the handles of one live query share. */
export interface Multiplexer {
  /** Null once the last handle has stopped. */
  readonly _handles?: object | null;
  readonly _observeDriver?: ObserveDriver;
}

export interface ObserveDriver {
  readonly _usesOplog?: boolean;
  readonly _usesChangeStreams?: boolean;
  /** Of the oplog observe driver: `STEADY`, `QUERYING` or `FETCHING`. */
  readonly _phase?: string;
  /** The fields that the driver's selector, sort and projection need. */
  readonly _sharedProjection?: Readonly<Record<string, unknown>>;
  readonly _cursorDescription?: {
    readonly collectionName: string;
    readonly options?: { readonly readPreference?: string };
  };
}

/** Meteor 3.5's answer to whether an observe driver is available for a live query. */
export interface CheckResult {
  readonly available: boolean;
  readonly reason?: string;
}

export type ReactivityCheck = () => CheckResult | Promise<CheckResult>;

interface ChangeStream {
  /** Resolves when the server has opened the stream. */
  tryNext(): Promise<unknown>;
  close(): Promise<void>;
}

export interface MeteorConnection {
  readonly db: {
    readonly databaseName: string;
    readonly writeConcern?: { readonly w?: unknown };
    collection(name: string): { watch(pipeline: object[], options: object): ChangeStream };
  };
  find(
    collection: string,
    selector: object,
    options: FindOptions,
  ): { fetchAsync(): Promise<StoredDocument[]> };
  _oplogHandle?: unknown;
  _docFetcher?: unknown;
  _onFailover?(callback: () => void): { stop(): void };
  updateAsync(collection: string, selector: object, modifier: object, options: object): Promise<unknown>;
  removeAsync(collection: string, selector: object): Promise<unknown>;
  _observeMultiplexers?: Record<string, Multiplexer>;
  /** Since Meteor 3.5: chooses the first available observe driver of those that its settings name. */
  _selectReactivityDriver?(
    order: string[],
    checks: Readonly<Record<string, ReactivityCheck>>,
  ): Promise<unknown>;
  /** Since Meteor 3.5: what the server says of itself; `undefined` until the first live query. */
  _supportsChangeStreams?: boolean;
  _changeStreamServerReasons?: string[];
  _observeChanges?(
    description: CursorDescription,
    ...rest: unknown[]
  ): Promise<{ readonly _multiplexer?: Multiplexer }>;
}

/** Reads that a change leads to must not come from a replica that lags behind. */
export const PRIMARY: FindOptions = { readPreference: 'primary' };
