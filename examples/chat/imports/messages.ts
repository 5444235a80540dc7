/** The collection of messages, for the server and the page. */

import { Mongo } from 'meteor/mongo';

export interface Message {
  _id: string;
  room: string;
  name: string;
  text: string;
  /** When the server received it. */
  at: Date;
  /** When the sender clicked, by the sender's clock, in ms since the epoch. Only to measure latency. */
  sentAt?: number;
}

export const Messages = new Mongo.Collection<Message>('messages');
