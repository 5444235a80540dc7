/** The server of the chat: the same file under Meteor and on the repository's stand-in for it. */

import 'meteor/cluster';
import { Meteor } from 'meteor/meteor';
import { Messages } from '../imports/messages';
import './room';
import './node';

Meteor.startup(() => {
  Meteor.Cluster.init();
  Meteor.Cluster.sync(Messages);
});
