/** The documents that the status page writes over and over: publication `traffic` and method `write`. */

import { Meteor } from 'meteor/meteor';
import { Mongo } from 'meteor/mongo';
import { readText, readWrite } from './input';

export const Traffic = new Mongo.Collection<{ _id: string; node: string; at: Date }>('traffic');

/** The documents of one node. */
Meteor.publish('traffic', (node: unknown) => Traffic.find({ node: readText('node', node) }));

Meteor.methods({
  async write(value: unknown): Promise<void> {
    const { node, slot } = readWrite(value);
    await Traffic.upsertAsync({ _id: `${node} ${slot}` }, { $set: { node, at: new Date() } });
  },
});
