/** The one Cluster of an application, also available as `Meteor.Cluster`. */

import { Meteor } from 'meteor/meteor';
import { MeteorCluster } from './cluster';
import { startFromSettings } from './start-from-settings';

declare module 'meteor/meteor' {
  namespace Meteor {
    /** The same object as `Cluster` of `meteor/cluster`. */
    let Cluster: MeteorCluster;
  }
}

/** The Cluster of this application, the same object as `Meteor.Cluster`. */
export const Cluster = new MeteorCluster();

Meteor.Cluster = Cluster;

Meteor.startup(() => startFromSettings(Cluster, Meteor.settings?.packages?.cluster));
