/** The messages of a room: publication `room` and method `send`. */

import { Meteor } from 'meteor/meteor';
import { Messages } from '../imports/messages';
import { readMessage, readText } from './input';

/** How many of a room's latest messages a page receives. */
const HISTORY = 100;

Meteor.publish('room', (room: unknown) =>
  Messages.find({ room: readText('room', room) }, { sort: { at: -1 }, limit: HISTORY }),
);

Meteor.methods({
  /** @returns the id of the message */
  send(message: unknown): Promise<string> {
    return Messages.insertAsync({ ...readMessage(message), at: new Date() });
  },
});
