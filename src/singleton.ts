/** The one Cluster of an application, also available as `Meteor.Cluster`. */

import { Meteor } from 'meteor/meteor';
import { MeteorCluster } from './cluster';
import { readSettings } from './config/settings';
import { serveEndpoints } from './endpoints';

declare module 'meteor/meteor' {
  namespace Meteor {
    /** The same object as `Cluster` of `meteor/cluster`. */
    let Cluster: MeteorCluster;
  }
}

/** The Cluster of this application, the same object as `Meteor.Cluster`. */
export const Cluster = new MeteorCluster();

Meteor.Cluster = Cluster;

// Now, before the application is loaded: a page that it serves at every path would answer first.
serveEndpoints(Meteor.settings?.packages?.cluster, Cluster);

Meteor.startup(() => startFromSettings(Cluster, Meteor.settings?.packages?.cluster));

/**
 * Starts Cluster, unless the application has done that by itself.
 *
 * @param value what stands under `packages.cluster` of the settings
 * @throws ClusterConfigError when a setting cannot be used
 */
export function startFromSettings(cluster: MeteorCluster, value: unknown): void {
  const settings = readSettings(value);
  if (!settings) return;
  if (settings.sync === 'all') cluster.syncAll();
  else cluster.sync(...settings.sync);
  if (cluster.status().strategy === null) void cluster.init(settings.config);
  else if (Object.keys(settings.config).length > 0) {
    console.warn(
      'Cluster: the application has called init(), so the options of Meteor.settings.packages.cluster are not used',
    );
  }
}
