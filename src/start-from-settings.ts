/**
 * Starts Cluster where `Meteor.settings.packages.cluster` exists, so that an application needs no code for it.
 *
 * Called by `singleton.ts` at start-up, when the application's own code has been loaded.
 */

import type { MeteorCluster } from './cluster';
import { readSettings } from './config/settings';

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
