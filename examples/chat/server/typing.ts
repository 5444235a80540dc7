/**
 * The users that are typing in a room: publication and method `typing`. Nothing of it is stored: the nodes broadcast it.
 *
 * A typist disappears with the message, or when the page no longer repeats that its user is typing.
 */

import 'meteor/cluster';
import { Meteor, type Subscription } from 'meteor/meteor';
import type { Typist } from '../imports/typing';
import { readText, readTypist } from './input';

/** How long a typist is shown, in ms. The page repeats it every 2 s. */
const SHOWN_MS = 5000;
/** The most typists of a room. A page names two. */
const MAX_TYPISTS = 20;

/** A room that pages of this node show. */
interface Room {
  readonly subscriptions: Set<Subscription>;
  /** The timer that removes each typist, by the typist's name. */
  readonly timers: Map<string, NodeJS.Timeout>;
}

const rooms = new Map<string, Room>();

Meteor.publish('typing', function (value: unknown) {
  const name = readText('room', value);
  const room: Room = rooms.get(name) ?? { subscriptions: new Set(), timers: new Map() };
  rooms.set(name, room);
  for (const typist of room.timers.keys()) this.added('typists', typist, { name: typist });
  room.subscriptions.add(this);
  this.onStop(() => {
    room.subscriptions.delete(this);
    if (room.subscriptions.size > 0) return;
    for (const timer of room.timers.values()) clearTimeout(timer);
    rooms.delete(name);
  });
  this.ready();
});

Meteor.methods({
  /** The page calls this every 2 s while its user is typing. */
  typing(value: unknown): void {
    const typist = readTypist(value);
    show(typist);
    // At most once is enough: the page repeats it.
    void Meteor.Cluster.broadcast('typing', typist);
  },
});

/** Called when a typist has sent the message. */
export function stopTyping(typist: Typist): void {
  hide(typist);
  void Meteor.Cluster.broadcast('typing stopped', typist);
}

// Checked like the arguments of a method: whoever can publish on the channel can broadcast.
Meteor.Cluster.onBroadcast('typing', (payload) => show(readTypist(payload)));
Meteor.Cluster.onBroadcast('typing stopped', (payload) => hide(readTypist(payload)));

function show({ room: roomName, name }: Typist): void {
  const room = rooms.get(roomName);
  if (!room) return;
  const timer = room.timers.get(name);
  if (timer === undefined && room.timers.size >= MAX_TYPISTS) return;
  clearTimeout(timer);
  room.timers.set(
    name,
    setTimeout(() => hide({ room: roomName, name }), SHOWN_MS),
  );
  if (timer !== undefined) return;
  for (const subscription of room.subscriptions) subscription.added('typists', name, { name });
}

function hide({ room: roomName, name }: Typist): void {
  const room = rooms.get(roomName);
  if (!room?.timers.has(name)) return;
  clearTimeout(room.timers.get(name));
  room.timers.delete(name);
  for (const subscription of room.subscriptions) subscription.removed('typists', name);
}
