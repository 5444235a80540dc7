/** The server of the chat. The same code runs on Meteor and on the repository's stand-in for it. */

import 'meteor/cluster';
import { Meteor } from 'meteor/meteor';
import { Messages } from '../imports/messages';
import './room';
import './node';
import './status';
import { Traffic } from './traffic';

Meteor.startup(() => {
  // Not awaited: the chat works without Redis, and the node connects when Redis is up.
  void Meteor.Cluster.init();
  Meteor.Cluster.sync(Messages, Traffic);
});
