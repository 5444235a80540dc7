export type { ClusterStatus, DocumentId, MeteorCluster, SyncTarget } from './cluster';
export type { ClientRole, ClusterConfig, RedisClient, StrategyName } from './options';
export { Cluster } from './singleton';
