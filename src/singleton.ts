/** The one Cluster of an application, also available as `Meteor.Cluster`. */

import { Meteor } from 'meteor/meteor';
import { MeteorCluster } from './cluster';
import { startFromSettings } from './start-from-settings';

declare module 'meteor/meteor' {
  namespace Meteor {
    let Cluster: MeteorCluster;
  }
}

export const Cluster = new MeteorCluster();

Meteor.Cluster = Cluster;

Meteor.startup(() => startFromSettings(Cluster, Meteor.settings?.packages?.cluster));
