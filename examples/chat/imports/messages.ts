/** The messages of all rooms, on the server as in the page. */

import { Mongo } from 'meteor/mongo';

export interface Message {
  _id: string;
  room: string;
  name: string;
  text: string;
  /** When the server took it. */
  at: Date;
  /** When the sender clicked, by the sender's clock, in ms since the epoch; for measuring only. */
  sentAt?: number;
}

export const Messages = new Mongo.Collection<Message>('messages');
