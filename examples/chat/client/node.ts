/** The state of the node that this page is connected to. Used by both pages. */

import { Meteor } from 'meteor/meteor';
import { Mongo } from 'meteor/mongo';
import type { NodeState } from '../imports/node-state';

const Nodes = new Mongo.Collection<NodeState>('nodes');

/** Calls back with the node's current state and after every change. */
export function followNode(show: (state: NodeState) => void): void {
  let state: NodeState | undefined;
  Nodes.find().observeChanges({
    added(_id, fields) {
      state = { _id, ...fields } as NodeState;
      show(state);
    },
    changed(_id, fields) {
      if (!state) return;
      state = { ...state, ...fields };
      show(state);
    },
  });
  Meteor.subscribe('node');
}
