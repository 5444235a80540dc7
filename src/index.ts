export type { ClusterStatus, DocumentId, MeteorCluster, SyncTarget } from './cluster';
export type { ClusterConfig, StrategyName } from './options';
export { Cluster } from './singleton';
