/** The messages of a room: publication `room` and method `send`. */

import { Meteor } from 'meteor/meteor';
import { Messages } from '../imports/messages';
import { readMessage, readText } from './input';
import { stopTyping } from './typing';

/** How many of a room's latest messages a page receives. */
const HISTORY = 100;

Meteor.publish('room', (room: unknown) =>
  Messages.find({ room: readText('room', room) }, { sort: { at: -1 }, limit: HISTORY }),
);

Meteor.methods({
  /** @returns the id of the message */
  async send(value: unknown): Promise<string> {
    const message = readMessage(value);
    const id = await Messages.insertAsync({ ...message, at: new Date() });
    stopTyping({ room: message.room, name: message.name });
    return id;
  },
});
