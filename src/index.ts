/**
 * Everything an application can import from `meteor/cluster`. Exports only.
 *
 * `tsc` of an application that has Cluster as a local package starts here, and finds Meteor's private API by the reference.
 */

/// <reference path="./meteor/private.d.ts" />

export { TimeoutError } from './base/time';
export type { BroadcastHandler } from './broadcasts/handlers';
export type { MeteorCluster } from './cluster';
export { ClusterConfigError } from './config/config-error';
export type { ClientRole, CreateClient, Logger, RedisClient } from './config/interfaces';
export type { ClusterConfig, StrategyName } from './config/options';
export type { DocumentId, TouchedIds } from './meteor/ids';
export type {
  ClusterEvents,
  ClusterListener,
  DisconnectReason,
  DropReason,
  EventName,
} from './observability/events';
export type { ClusterHistogram } from './observability/histogram';
export type { MetricFamily, MetricValue } from './observability/metric-families';
export { metricFamilies } from './observability/metric-families';
export type {
  ClusterCounters,
  ClusterGauges,
  ClusterHistograms,
  ClusterMetrics,
  RequeryReason,
} from './observability/metrics';
export type { ClusterStatus, LiveQueryCounts } from './observability/status';
export { Cluster } from './singleton';
export type { SyncAllOptions, SyncTarget } from './synced-collections';
