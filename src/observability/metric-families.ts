/**
 * Metrics in the data model that Prometheus and OpenMetrics share: families of values with names, types and labels.
 *
 * Called by applications, with what `Cluster.metrics()` returns: `docs/monitoring.md` has the recipes.
 */

import type { ClusterHistogram } from './histogram';
import type { ClusterMetrics } from './metrics';

/** One value of a metric. */
export interface MetricValue {
  /** The name of the family; of a histogram it ends in `_bucket`, `_sum` or `_count`. */
  metricName: string;
  labels: Record<string, string>;
  value: number;
}

/** A metric with all its values. */
export interface MetricFamily {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  help: string;
  values: MetricValue[];
}

const HELP: {
  readonly [Group in keyof ClusterMetrics]: Readonly<Record<keyof ClusterMetrics[Group], string>>;
} = {
  counters: {
    published: 'Messages about changes that Redis has accepted',
    received: 'Messages about changes of peers that were handled',
    dropped: 'Messages that were dropped',
    resyncs: 'Collections that were resynced, as messages may have been lost',
    reads: 'Reads of changed documents',
    documentsRead: 'Documents that reads have returned',
    documentsDispatched: 'Changed documents that were dispatched to live queries',
    documentsSkipped: 'Changed documents that were not read, as they concern no live query',
    audited: 'Skipped documents that were compared with what live queries hold',
    wrong: 'Skipped documents that a live query should have shown',
    requeries: 'Live queries that ran again',
    foundByPolls: 'Documents that only a poll has shown',
    updates: 'Empty updates of the strategy update',
  },
  gauges: {
    connected: 'Whether this node is connected to its peers',
    peers: 'Peers that have not expired',
    pending: 'Documents whose change waits to be published',
    requeriesPending: 'Live queries that wait to run again',
    pollingIntervalMs: 'How often each live query polls',
  },
  histograms: {
    publishMs: "From a write's commit to Redis' answer",
    dispatchMs: "From a peer's message to the end of its dispatch",
    heartbeatMs: 'From a heartbeat to its echo',
  },
};

/** Returns metrics as families. Names are in snake case, counters end in `_total`, durations are in seconds. */
export function metricFamilies({ counters, gauges, histograms }: ClusterMetrics): MetricFamily[] {
  return [
    ...namesOf(HELP.counters).map((key) => {
      const name = `meteor_cluster_${snakeCase(key)}_total`;
      return {
        name,
        type: 'counter' as const,
        help: HELP.counters[key],
        values: plainValues(name, counters[key]),
      };
    }),
    ...namesOf(HELP.gauges).map((key) => {
      const isDuration = key.endsWith('Ms');
      const name = `meteor_cluster_${snakeCase(key.replace(/Ms$/, ''))}${isDuration ? '_seconds' : ''}`;
      const values = plainValues(name, isDuration ? gauges[key] / 1000 : gauges[key]);
      return { name, type: 'gauge' as const, help: HELP.gauges[key], values };
    }),
    ...namesOf(HELP.histograms).map((key) => {
      const name = `meteor_cluster_${snakeCase(key.replace(/Ms$/, ''))}_seconds`;
      const values = histogramValues(name, histograms[key]);
      return { name, type: 'histogram' as const, help: HELP.histograms[key], values };
    }),
  ];
}

function plainValues(metricName: string, counts: number | Readonly<Record<string, number>>): MetricValue[] {
  if (typeof counts === 'number') return [{ metricName, labels: {}, value: counts }];
  return Object.entries(counts).map(([reason, value]) => ({ metricName, labels: { reason }, value }));
}

function histogramValues(name: string, { count, sum, buckets }: ClusterHistogram): MetricValue[] {
  const bucket = (le: string, value: number) => ({ metricName: `${name}_bucket`, labels: { le }, value });
  return [
    ...buckets.map((each) => bucket(String(each.le / 1000), each.count)),
    bucket('+Inf', count),
    { metricName: `${name}_sum`, labels: {}, value: sum / 1000 },
    { metricName: `${name}_count`, labels: {}, value: count },
  ];
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function namesOf<Name extends string>(table: Readonly<Record<Name, string>>): Name[] {
  return Object.keys(table) as Name[];
}
