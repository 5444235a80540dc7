/** The paths that Cluster serves by the settings `health` and `metrics`, on the web server of the tests. */

import type { AddressInfo } from 'node:net';
import { metricFamilies } from 'meteor/cluster';
import { WebApp } from 'meteor/webapp';
import { serveEndpoints } from '../../../src/endpoints';
import { QUIET } from '../../../tools/quiet-logger';
import { linesDuring } from '../../support/console';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { newCluster } from '../../support/own-clusters';
import { addTest } from '../../support/scope';

const TOKEN = 'a token of the tests';

/** A path of the test's own: what is served stays. */
function newPath(): string {
  return `/${newGroup().replace(/[^\w-]/g, '')}`;
}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  await eventually('the web server', () => WebApp.httpServer.listening);
  const { port } = WebApp.httpServer.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}${path}`, init);
}

addTest('endpoints - the health path says whether the node is healthy', async (test, scope) => {
  const cluster = newCluster(scope);
  const health = newPath();
  serveEndpoints({ health }, cluster);
  const before = await request(health);
  test.equal(before.status, 503);
  test.equal(await before.json(), { connected: false, peers: 0 });
  await cluster.init({ namespace: newGroup(), logger: QUIET });
  const after = await request(`${health}?probe=1`);
  test.equal(after.status, 200);
  test.equal(after.headers.get('cache-control'), 'no-store');
  test.equal(await after.json(), { connected: true, peers: 0 });
  test.equal((await request(health, { method: 'HEAD' })).status, 200);
  await cluster.close();
  test.equal((await request(health)).status, 503);
});

addTest(
  'endpoints - the metrics path shows every metric to this host, and to no proxy',
  async (test, scope) => {
    const cluster = newCluster(scope);
    const metrics = newPath();
    serveEndpoints({ metrics }, cluster);
    await cluster.init({ namespace: newGroup(), logger: QUIET });
    const response = await request(metrics);
    test.equal(response.status, 200);
    test.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const lines = (await response.text()).split('\n');
    test.isTrue(lines.includes('meteor_cluster_connected 1'));
    for (const { name, type } of metricFamilies(cluster.metrics())) {
      test.isTrue(lines.includes(`# TYPE ${name} ${type}`), name);
    }
    const refused = await request(metrics, { headers: { 'X-Forwarded-For': '127.0.0.1' } });
    test.equal(refused.status, 403);
    test.notMatches(await refused.text(), /meteor_cluster/);
  },
);

addTest('endpoints - metrics with a token are refused without it', async (test, scope) => {
  const path = newPath();
  const token = TOKEN.replaceAll(' ', '-');
  serveEndpoints({ metrics: { path, token } }, newCluster(scope));
  const refused = await request(path);
  test.equal(refused.status, 401);
  test.equal(refused.headers.get('www-authenticate'), 'Bearer');
  const headers = { Authorization: `Bearer ${token}`, 'X-Forwarded-For': '10.0.0.1' };
  test.equal((await request(path, { headers })).status, 200);
});

addTest('endpoints - any host reads metrics where the setting says so', async (test, scope) => {
  const path = newPath();
  serveEndpoints({ metrics: { path, otherHosts: true } }, newCluster(scope));
  test.equal((await request(path, { headers: { 'X-Forwarded-For': '10.0.0.1' } })).status, 200);
});

addTest('endpoints - another path and another method are left to the application', async (test, scope) => {
  const health = newPath();
  serveEndpoints({ health }, newCluster(scope));
  const statuses = [
    (await request(health, { method: 'POST' })).status,
    (await request(`${health}/more`)).status,
  ];
  // The stand-in has no page there. Meteor answers with that of the application, and refuses a POST to it.
  for (const status of statuses) test.isTrue([200, 404, 405].includes(status), String(status));
});

addTest('endpoints - without a web server a line says that nothing is served', async (test, scope) => {
  const serve = (settings: object) => serveEndpoints(settings, newCluster(scope), () => false);
  const lines = await linesDuring(() => serve({ health: true }));
  test.matches(lines.join('\n'), /"health" and "metrics" have no effect, .*: add the package webapp/);
  test.equal(await linesDuring(() => serve({})), []);
});
