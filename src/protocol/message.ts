/**
 * The name of the channel, and the kinds of messages on it.
 *
 * One JSON text is one message. A message about data names databases, collections, ids, fields and numbers, and holds
 * hashes of values; never values, never selectors. A broadcast holds what the application has given.
 * `docs/wire-format.md` describes all of them for writers in other languages.
 * `codec.ts` turns messages into text and back. No Meteor or Redis imports.
 */

import type { Change } from '../changes/change';

const PREFIX = 'cluster:';

/** Returns the name of a namespace's channel. An ACL user of Redis needs `&cluster:<namespace>`. */
export function channelName(namespace: string): string {
  return `${PREFIX}${namespace}`;
}

/** Returns whether a channel could be that of a namespace. */
export function isChannelName(name: string): boolean {
  return name.startsWith(PREFIX);
}

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
  readonly heartbeat: number;
  /** The time until the next one, in ms. */
  readonly interval?: number | undefined;
  readonly counts: Counts;
  readonly peers?: ReceivedPeers | undefined;
}

/** A node stops, and has nothing left to publish. A newer message of it takes that back. */
export interface LeaveMessage {
  readonly kind: 'leave';
  readonly node: string;
  /** Numbered as a heartbeat. */
  readonly heartbeat: number;
  readonly counts: Counts;
}

/** A message of the application on one node to the application on the others. */
export interface BroadcastMessage {
  readonly kind: 'broadcast';
  readonly node: string;
  /** Numbers the broadcasts of this node, from 1. */
  readonly seq: number;
  readonly topic: string;
  /** An EJSON text; `undefined`: the broadcast has no payload. Only a node with a handler of the topic parses it. */
  readonly payload?: string | undefined;
}

/** The messages about data, by which nodes know each other. */
export type DataMessage = ChangeMessage | HeartbeatMessage | LeaveMessage;

export type Message = DataMessage | BroadcastMessage;

/** A message of a kind that this version does not know. Nodes of a newer version may publish it. */
export interface UnknownMessage {
  readonly kind: 'unknown';
}

/** A text that is no valid message. */
export interface MalformedMessage {
  readonly kind: 'malformed';
  /** One of a fixed set, so that logs and counters stay small. */
  readonly reason: string;
  /** Why the authenticator has refused it. */
  readonly cause?: 'notAuthentic' | 'outdated';
}

export type Decoded = Message | UnknownMessage | MalformedMessage;
