/** The one Cluster of an application, also available as `Meteor.Cluster`. */

import { Meteor } from 'meteor/meteor';
import { afterStartUp } from './after-start-up';
import { ApplicationCluster } from './application-cluster';
import type { MeteorCluster } from './cluster';
import { findMisplaced } from './config/misplaced-settings';
import { readSettings } from './config/settings';
import { serveEndpoints } from './endpoints';
import { Log } from './observability/log';

declare module 'meteor/meteor' {
  namespace Meteor {
    /** The same object as `Cluster` of `meteor/cluster`. */
    let Cluster: MeteorCluster;
  }
}

const cluster = new ApplicationCluster(() => readSettings(Meteor.settings?.packages?.cluster));

/** The Cluster of this application, the same object as `Meteor.Cluster`. */
export const Cluster: MeteorCluster = cluster;

Meteor.Cluster = Cluster;

// Now, before the application is loaded: a page that it serves at every path would answer first.
serveEndpoints(Meteor.settings?.packages?.cluster, Cluster);

Meteor.startup(() => {
  const log = new Log();
  for (const place of findMisplaced(Meteor.settings)) log.warn(place, place);
  cluster.startFromSettings();
});
afterStartUp(() => cluster.reportIdle());
