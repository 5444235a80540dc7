/** The recipes of `docs/monitoring.md`, run as they are written there. Stand-in only: they need dev dependencies. */

import type { AddressInfo } from 'node:net';
import * as opentelemetry from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { metricFamilies } from 'meteor/cluster';
import * as webapp from 'meteor/webapp';
import * as promClient from 'prom-client';
import { QUIET } from '../../../tools/quiet-logger';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { newCluster, newItems, type TestCluster } from '../../support/own-clusters';
import { runRecipe } from '../../support/recipe';
import { addTest, type Scope } from '../../support/scope';

/** A cluster that has published, dropped and measured something. */
async function startWithTraffic(scope: Scope): Promise<TestCluster> {
  const namespace = newGroup();
  const wire = await scope.listen(namespace);
  const cluster = newCluster(scope);
  cluster.sync(newItems());
  await cluster.init({ namespace, heartbeatInterval: 50, heartbeatTimeout: 10_000, logger: QUIET });
  await cluster.touch('items');
  await wire.publish('garbage');
  await eventually('the drop and an echo', () => {
    const { counters, histograms } = cluster.metrics();
    return counters.dropped.malformed === 1 && histograms.heartbeatMs.count > 0;
  });
  return cluster;
}

function get(path: string): Promise<Response> {
  const { port } = webapp.WebApp.httpServer.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}${path}`);
}

addTest('monitoring recipes - Prometheus reads every metric', async (test, scope) => {
  const cluster = await startWithTraffic(scope);
  scope.defer(() => promClient.register.clear());
  await runRecipe('monitoring.md', 'Prometheus', {
    'meteor/cluster': { Cluster: cluster, metricFamilies },
    'meteor/webapp': webapp,
    'prom-client': promClient,
  });
  const response = await get('/metrics');
  test.matches(String(response.headers.get('content-type')), /^text\/plain; ?version=0\.0\.4/);
  const text = await response.text();
  const lines = text.split('\n');
  const includes = (line: string) => test.isTrue(lines.includes(line), `${line}\nis missing in\n${text}`);
  includes('# TYPE meteor_cluster_published_total counter');
  // Earlier writes of other tests of this process are published too.
  const { published } = cluster.metrics().counters;
  test.isTrue(published >= 1);
  includes(`meteor_cluster_published_total ${published}`);
  includes('meteor_cluster_dropped_total{reason="malformed"} 1');
  includes('meteor_cluster_connected 1');
  includes('# TYPE meteor_cluster_publish_seconds histogram');
  includes(`meteor_cluster_publish_seconds_bucket{le="+Inf"} ${published}`);
  includes(`meteor_cluster_publish_seconds_count ${published}`);
  for (const { name } of metricFamilies(cluster.metrics()))
    test.isTrue(text.includes(`# HELP ${name} `), name);
  test.isTrue(Number(/^meteor_cluster_heartbeat_seconds_sum (\S+)$/m.exec(text)?.[1]) > 0);
  await cluster.touch('items');
  const later = cluster.metrics().counters.published;
  test.isTrue(later > published);
  const laterLines = (await (await get('/metrics')).text()).split('\n');
  test.isTrue(laterLines.includes(`meteor_cluster_published_total ${later}`));
});

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

addTest('monitoring recipes - OpenTelemetry reads every metric', async (test, scope) => {
  const cluster = await startWithTraffic(scope);
  const reader = new Reader();
  opentelemetry.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  scope.defer(() => opentelemetry.metrics.disable());
  await runRecipe('monitoring.md', 'OpenTelemetry', {
    'meteor/cluster': { Cluster: cluster, metricFamilies },
    '@opentelemetry/api': opentelemetry,
  });
  const { resourceMetrics, errors } = await reader.collect();
  test.equal(errors, []);
  const metrics = resourceMetrics.scopeMetrics.flatMap((scoped) => scoped.metrics);
  const numberOf = (name: string, attributes = {}) => {
    const points = metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
    const wanted = JSON.stringify(attributes);
    return points.find((point) => JSON.stringify(point.attributes) === wanted)?.value;
  };
  const { published } = cluster.metrics().counters;
  test.isTrue(published >= 1);
  test.equal(numberOf('meteor_cluster_published_total'), published);
  test.equal(numberOf('meteor_cluster_dropped_total', { reason: 'malformed' }), 1);
  test.equal(numberOf('meteor_cluster_connected'), 1);
  test.equal(numberOf('meteor_cluster_publish_seconds_bucket', { le: '+Inf' }), published);
  test.isTrue(Number(numberOf('meteor_cluster_heartbeat_seconds_sum')) > 0);
  const names = metricFamilies(cluster.metrics()).flatMap(({ values }) => values);
  test.equal(metrics.length, new Set(names.map(({ metricName }) => metricName)).size);
});

addTest(
  'monitoring recipes - a load balancer sees a node that starts, serves and stops',
  async (test, scope) => {
    const cluster = newCluster(scope);
    await runRecipe('monitoring.md', 'Health', {
      'meteor/cluster': { Cluster: cluster },
      'meteor/webapp': webapp,
    });
    const health = async () => {
      const response = await get('/health');
      const { connected } = (await response.json()) as { connected: boolean };
      return `${response.status} ${connected ? 'connected' : 'disconnected'}`;
    };
    test.equal(await health(), '503 disconnected');
    const redis = await scope.startRedis();
    await cluster.init({ port: redis.port, namespace: newGroup(), logger: QUIET });
    test.equal(await health(), '200 connected');
    await redis.kill();
    await eventually('the disconnect', () => !cluster.status().connected);
    test.equal(await health(), '200 disconnected');
    await cluster.close();
    test.equal(await health(), '503 disconnected');
  },
  ['redis-server'],
);
