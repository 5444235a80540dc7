/**
 * The demo in a browser, with a Redis of its own that stops and starts. Called by status.tests.ts and outage.tests.ts.
 *
 * Tests that leave the demo as they found it share one of two nodes, which stops with this process. Others have one of their
 * own. Needs a Chromium, at `CHROMIUM_PATH` or on the PATH, and `redis-server`.
 */

import type { Page } from 'playwright-core';
import { skipTest } from '../../stand-in/packages/tinytest';
import { findChromium } from '../../tools/chromium';
import { Demo } from '../../tools/demo';
import { freePort } from '../../tools/free-port';
import { addTest, Scope, type Test } from '../support/scope';
import { newContext } from './shared-browser';

export interface Site {
  /** The URLs of the first nodes, two or more. */
  readonly urls: readonly [string, string, ...string[]];
  /** The URL of the launcher's control. */
  readonly control: string;
  readonly demo: Demo;
  readonly redisUrl: string;
  open(url: string): Promise<Page>;
}

/** How many nodes a test's own demo has at first; `'shared'`: it leaves the shared one as it finds it. */
export type SiteNodes = number | 'shared';

/** Adds a test that gets a demo, and fails when a page's script does. */
export function siteTest(
  nodes: SiteNodes,
  title: string,
  body: (test: Test, site: Site) => Promise<void>,
): void {
  const chromium = findChromium();
  if (chromium === undefined) {
    skipTest(title, 'no Chromium found');
    return;
  }
  addTest(
    title,
    async (test, scope) => {
      const errors: string[] = [];
      const context = await scope.use(newContext(chromium), (each) => each.close());
      const open = async (url: string) => {
        const page = await context.newPage();
        page.on('pageerror', (error) => errors.push(error.message));
        await page.goto(url);
        return page;
      };
      const demo = nodes === 'shared' ? await sharedDemo() : await startDemo(scope, nodes);
      await body(test, { ...demo, open });
      test.equal(errors, []);
    },
    ['redis-server'],
  );
}

/** Returns the name of a node, as the pages show it. */
export function nameOf(url: string): string {
  return `node ${new URL(url).port}`;
}

let shared: Promise<Omit<Site, 'open'>> | undefined;

function sharedDemo(): Promise<Omit<Site, 'open'>> {
  // Its nodes and its Redis end with this process, so nothing closes the scope.
  shared ??= startDemo(new Scope(), 2);
  return shared;
}

async function startDemo(scope: Scope, count: number): Promise<Omit<Site, 'open'>> {
  const { MONGO_URL: mongoUrl = '' } = process.env;
  const redis = await scope.startRedis();
  const ownRedis = { stop: () => redis.kill(), start: () => redis.restart() };
  const redisUrl = `redis://127.0.0.1:${redis.port}`;
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()));
  // The launcher lists nodes in the order of their ports.
  ports.sort((one, other) => one - other);
  const services = { mongoUrl, redisUrl, ownRedis };
  const demo = await scope.use(Demo.start({ ports, services }), (each) => each.stop());
  const [first = '', second = '', ...others] = demo.urls;
  return { urls: [first, second, ...others], control: demo.controlUrl, demo, redisUrl };
}
