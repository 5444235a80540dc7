/**
 * The kinds of messages on the channel.
 *
 * One JSON text is one message. A message names databases, collections, ids, fields and numbers, and holds hashes of
 * values; never values, never selectors.
 * `codec.ts` turns messages into text and back. No Meteor or Redis imports.
 */

import type { Change } from '../writes/change';

/** How many changes of synced collections a node has published, by the collection's name. */
export type Counts = ReadonlyMap<string, number>;

/** A node has written. */
export interface ChangeMessage extends Change {
  readonly kind: 'change';
  /** The node that wrote. A node takes a new random name at every start. */
  readonly node: string;
  /** Numbers the changes of this node to this collection, from 1. */
  readonly seq: number;
}

/** Which peers a node receives: some of them in each heartbeat, all in turn. */
export interface ReceivedPeers {
  readonly total: number;
  readonly nodes: readonly string[];
}

/** A node is alive and has published so many changes of these collections, and maybe others. */
export interface HeartbeatMessage {
  readonly kind: 'heartbeat';
  readonly node: string;
  /** Numbers the heartbeats of this node, from 1. */
  readonly beat: number;
  /** The time until the next one, in ms. */
  readonly interval?: number | undefined;
  readonly counts: Counts;
  readonly peers?: ReceivedPeers | undefined;
}

/** A node stops. This is its last message. */
export interface LeaveMessage {
  readonly kind: 'leave';
  readonly node: string;
  /** Numbered as a heartbeat. */
  readonly beat: number;
  readonly counts: Counts;
}

export type Message = ChangeMessage | HeartbeatMessage | LeaveMessage;

/** A message of a kind that this version does not know. Nodes of a newer version may publish it. */
export interface UnknownMessage {
  readonly kind: 'unknown';
}

/** A text that is no valid message. */
export interface MalformedMessage {
  readonly kind: 'malformed';
  /** One of a fixed set, so that logs and counters stay small. */
  readonly reason: string;
}

export type Decoded = Message | UnknownMessage | MalformedMessage;
