/**
 * Serves the paths of the settings `health` and `metrics` on Meteor's web server.
 *
 * Called by `singleton.ts` when the package is loaded.
 */

import type { ServerResponse } from 'node:http';
import type { MeteorCluster } from './cluster';
import { type Endpoints, readEndpoints } from './config/endpoints';
import { type AnswerRequest, servePath } from './meteor/web-server';
import { metricFamilies } from './observability/metric-families';
import { refusalOf } from './observability/metrics-access';
import { PROMETHEUS_TEXT, prometheusText } from './observability/prometheus-text';

type Observed = Pick<MeteorCluster, 'healthy' | 'status' | 'metrics'>;

/**
 * Serves the paths that the settings name. Without a web server a line says so.
 *
 * @param settings what stands under `packages.cluster` of the settings
 * @param serve adds a path to the web server, and returns whether there is one
 * @throws ClusterConfigError when one of the two cannot be used
 */
export function serveEndpoints(settings: unknown, cluster: Observed, serve = servePath): void {
  const isServed = endpointsOf(readEndpoints(settings), cluster).every(([path, answer]) =>
    serve(path, answer),
  );
  if (isServed) return;
  console.warn(
    'Cluster: the settings "health" and "metrics" have no effect, as the application has no web server: add the package webapp',
  );
}

function endpointsOf(
  { health, metrics }: Endpoints,
  cluster: Observed,
): [path: string, answer: AnswerRequest][] {
  const paths: [path: string, answer: AnswerRequest][] = [];
  if (health !== undefined) paths.push([health, (_request, response) => answerHealth(response, cluster)]);
  if (metrics !== undefined) {
    const { path, access } = metrics;
    paths.push([
      path,
      (request, response) => {
        const refusal = refusalOf(request, access);
        if (refusal === undefined) answerMetrics(response, cluster);
        else refuse(response, refusal);
      },
    ]);
  }
  return paths;
}

function answerHealth(response: ServerResponse, cluster: Observed): void {
  const { connected, peers } = cluster.status();
  send(response, cluster.healthy() ? 200 : 503, 'application/json', JSON.stringify({ connected, peers }));
}

function answerMetrics(response: ServerResponse, cluster: Observed): void {
  send(response, 200, PROMETHEUS_TEXT, prometheusText(metricFamilies(cluster.metrics())));
}

function refuse(response: ServerResponse, status: 401 | 403): void {
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  const reason =
    status === 401
      ? 'The metrics of Cluster need the token of the setting "metrics", as a bearer token.'
      : 'The metrics of Cluster are for requests of this host that no proxy has passed on. ' +
        'The setting "metrics" takes a "token", or "otherHosts": true.';
  send(response, status, 'text/plain; charset=utf-8', `${reason}\n`);
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}
