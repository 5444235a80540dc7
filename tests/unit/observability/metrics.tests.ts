/** Histograms, the metrics of no session and the metrics as families. */

import { Tinytest } from 'meteor/tinytest';
import { Histogram } from '../../../src/observability/histogram';
import { metricFamilies } from '../../../src/observability/metric-families';
import { noMetrics } from '../../../src/observability/metrics';

Tinytest.add('metrics - a duration counts in every bucket that it fits into, its bound included', (test) => {
  const histogram = new Histogram();
  for (const ms of [0, 0.5, 0.6, 10, 10_001]) histogram.record(ms);
  const { count, sum, buckets } = histogram.snapshot();
  test.equal(count, 5);
  test.equal(sum, 10_012.1);
  const counts = new Map(buckets.map((bucket) => [bucket.le, bucket.count]));
  test.equal(
    [0.5, 1, 5, 10, 10_000].map((le) => counts.get(le)),
    [2, 3, 3, 4, 4],
  );
  const bounds = buckets.map(({ le }) => le);
  test.equal(
    bounds,
    bounds.toSorted((a, b) => a - b),
  );
});

Tinytest.add('metrics - a snapshot does not change any more', (test) => {
  const histogram = new Histogram();
  const before = histogram.snapshot();
  histogram.record(1);
  test.equal(before, new Histogram().snapshot());
});

Tinytest.add('metrics - without a session everything is 0, and JSON can write it', (test) => {
  const metrics = noMetrics();
  test.equal(JSON.parse(JSON.stringify(metrics)), metrics);
  const values = metricFamilies(metrics).flatMap((family) => family.values.map(({ value }) => value));
  test.isTrue(values.length > 60 && values.every((value) => value === 0));
});

Tinytest.add('metrics - every metric is a family with names and labels that Prometheus allows', (test) => {
  const metrics = noMetrics();
  const families = metricFamilies(metrics);
  const groups = [metrics.counters, metrics.gauges, metrics.histograms];
  test.equal(families.length, groups.flatMap((group) => Object.keys(group)).length);
  test.equal(new Set(families.map(({ name }) => name)).size, families.length);
  for (const { name, type, help, values } of families) {
    test.matches(name, type === 'counter' ? /^meteor_cluster_[a-z_]+_total$/ : /^meteor_cluster_[a-z_]+$/);
    test.isTrue(help.length > 0 && values.length > 0, name);
    for (const { metricName } of values) {
      if (type === 'histogram') test.matches(metricName, new RegExp(`^${name}_(bucket|sum|count)$`));
      else test.equal(metricName, name);
    }
  }
});

Tinytest.add('metrics - families have durations in seconds, and a last bucket for all', (test) => {
  const metrics = noMetrics();
  const histogram = new Histogram();
  for (const ms of [400, 20_000]) histogram.record(ms);
  metrics.histograms.publishMs = histogram.snapshot();
  const published = metricFamilies(metrics).find(({ name }) => name === 'meteor_cluster_publish_seconds');
  const numberOf = (suffix: string, le?: string) =>
    published?.values.find((each) => each.metricName.endsWith(suffix) && each.labels.le === le)?.value;
  test.equal([numberOf('_bucket', '0.2'), numberOf('_bucket', '0.5'), numberOf('_bucket', '10')], [0, 1, 1]);
  test.equal([numberOf('_bucket', '+Inf'), numberOf('_count'), numberOf('_sum')], [2, 2, 20.4]);
});
