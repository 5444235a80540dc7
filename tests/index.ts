/** All tests, for Meteor (`package.js`) and for `npm test` alike. */

import './support/node-app';
import './options.tests';
import './message.tests';
import './write-watcher.tests';
import './cluster.tests';
import './replication.tests';
import './channel.tests';
