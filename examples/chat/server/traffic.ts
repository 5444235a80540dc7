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
    const _id = `${node} ${slot}`;
    const at = new Date();
    // No upsert: it may insert, so other nodes could not skip it.
    const isKnown = await Traffic.updateAsync(_id, { $set: { at } });
    if (!isKnown) await Traffic.insertAsync({ _id, node, at });
  },
});
