/**
 * A demo of a test's own, with a Redis of its own that stops and starts. Called by status.tests.ts and outage.tests.ts.
 *
 * Needs a Chromium, at `CHROMIUM_PATH` or on the PATH, and `redis-server`. Stops at the end of the test.
 */

import type { Page } from 'playwright-core';
import { skipTest } from '../../stand-in/packages/tinytest';
import { findChromium } from '../../tools/chromium';
import { Demo } from '../../tools/demo';
import { freePort } from '../../tools/free-port';
import { addTest, type Scope, type Test } from '../support/scope';
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

/** Adds a test that gets a demo, and fails when a page's script does. @param nodes how many there are at first */
export function siteTest(
  title: string,
  nodes: number,
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
      await body(test, { ...(await startDemo(scope, nodes)), open });
      test.equal(errors, []);
    },
    ['redis-server'],
  );
}

/** Returns the name of a node, as the pages show it. */
export function nameOf(url: string): string {
  return `node ${new URL(url).port}`;
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
