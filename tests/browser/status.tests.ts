/**
 * The status page of the demo in a real browser, with nodes that come and go and a Redis that stops and starts.
 *
 * Runs on the stand-in only. Needs a Chromium, at `CHROMIUM_PATH` or on the PATH, and `redis-server`.
 */

import type { BrowserContext, Page } from 'playwright-core';
import { skipTest } from '../../stand-in/packages/tinytest';
import { findChromium } from '../../tools/chromium';
import { Demo } from '../../tools/demo';
import { freePort } from '../../tools/free-port';
import { eventually } from '../support/eventually';
import { newGroup } from '../support/groups';
import { addTest, type Scope, type Test } from '../support/scope';
import { newContext } from './shared-browser';

const chromium = findChromium();

statusTest('the status page lists the nodes, and those that come and go', async (test, { page, urls }) => {
  for (const url of urls) await card(page, url, 'connected');
  await page.getByText('2 nodes, one live database').waitFor();
  await page.getByRole('button', { name: 'Add a node' }).click();
  await page.getByText('3 nodes, one live database').waitFor();
  test.equal(await page.locator('.card').count(), 3);
  await page.getByText('each knows 2 others').waitFor();
  await page.getByRole('button', { name: `Stop ${nameOf(urls[1])}` }).click();
  await page.locator('.card', { hasText: nameOf(urls[1]) }).waitFor({ state: 'detached' });
  await page.getByText('each knows 1 other').waitFor();
  await page
    .getByRole('log')
    .getByText(`peer left: ${nameOf(urls[1])}`)
    .waitFor();
  await page
    .getByRole('button', { name: /^Kill node/ })
    .last()
    .click();
  await eventually('one card to be left', async () => (await page.locator('.card').count()) === 1);
  test.isTrue(await page.getByRole('button', { name: /^Stop node/ }).isDisabled(), 'the last node stays');
});

statusTest('the counters of the status page move with messages of the chat', async (test, site) => {
  const { page, urls, open } = site;
  await page.getByText('2 nodes, one live database').waitFor();
  const before = await counter(page, urls[0], 'Published');
  const chat = await open(`${urls[0]}/?name=Tom&room=${newGroup()}`);
  await chat.getByLabel('Message').fill('Does it move?');
  await chat.getByRole('button', { name: 'Send' }).click();
  await eventually('the sender to have published it', async () => {
    return (await counter(page, urls[0], 'Published')) === before + 1;
  });
  await eventually('the other node to have received it', async () => {
    return (await counter(page, urls[1], 'Received')) > 0;
  });
  // No live query of the other node shows that room.
  await eventually('its read to be saved', async () => (await counter(page, urls[1], 'Reads saved')) > 0);
  await page.getByRole('checkbox', { name: 'Write ten times a second' }).check();
  await eventually('changes to flow', async () => (await counter(page, urls[1], 'Received')) > 20);
  test.isTrue((await page.locator('.flow .published').count()) > 1, 'the chart shows them');
  test.isTrue((await page.locator('.latency-chart .read').count()) > 0, 'the histogram shows their latency');
  test.matches((await page.locator('[data-saved]').textContent()) ?? '', /^\d+ %$/);
});

statusTest('the status page shows a stop and a start of Redis', async (test, { page, urls }) => {
  for (const url of urls) await card(page, url, 'connected');
  await page.getByRole('button', { name: 'Stop Redis' }).click();
  for (const url of urls) await card(page, url, 'no connection to Redis');
  await page.getByText('No Redis: changes wait').waitFor();
  await page.getByRole('button', { name: 'Start Redis' }).click();
  for (const url of urls) await card(page, url, 'connected');
  await page.getByText('2 nodes, one live database').waitFor();
  for (const text of ['disconnected: no connection to Redis', 'connected again']) {
    await page.getByRole('log').getByText(text).first().waitFor();
  }
  test.isTrue(await page.getByRole('button', { name: 'Stop Redis' }).isEnabled());
});

statusTest('the status page fits a phone, and refuses other sites', async (test, { page, control }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByText('2 nodes, one live database').waitFor();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  test.isTrue(width <= 390, `it is ${width} px wide`);
  for (const origin of ['', 'http://example.com']) {
    const { status } = await fetch(`${control}/redis/stop`, { method: 'POST', headers: { origin } });
    test.equal(status, 403);
  }
});

interface Site {
  readonly urls: readonly [string, string];
  /** The URL of the launcher's control. */
  readonly control: string;
  /** The status page of the first node. */
  readonly page: Page;
  open(url: string): Promise<Page>;
}

function statusTest(name: string, body: (test: Test, site: Site) => Promise<void>): void {
  const title = `status page (browser) - ${name}`;
  if (chromium === undefined) {
    skipTest(title, 'no Chromium found');
    return;
  }
  addTest(
    title,
    async (test, scope) => {
      const errors: string[] = [];
      const context = await scope.use(newContext(chromium), (each) => each.close());
      await body(test, await startSite(scope, context, errors));
      test.equal(errors, []);
    },
    ['redis-server'],
  );
}

/** Starts a demo of its own, with a Redis of its own, and opens the status page. */
async function startSite(scope: Scope, context: BrowserContext, errors: string[]): Promise<Site> {
  const { MONGO_URL: mongoUrl = '' } = process.env;
  const redis = await scope.startRedis();
  const ownRedis = { stop: () => redis.kill(), start: () => redis.restart() };
  const services = { mongoUrl, redisUrl: `redis://127.0.0.1:${redis.port}`, ownRedis };
  const ports = [await freePort(), await freePort()];
  const demo = await scope.use(Demo.start({ ports, services }), (each) => each.stop());
  const [first = '', second = ''] = demo.urls;
  const open = async (url: string) => {
    const page = await context.newPage();
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(url);
    return page;
  };
  const page = await open(`${first}/status`);
  return { urls: [first, second], control: demo.controlUrl, page, open };
}

function nameOf(url: string): string {
  return `node ${new URL(url).port}`;
}

/** Waits until the card of a node shows a condition. */
async function card(page: Page, url: string, condition: string): Promise<void> {
  await page
    .locator('.card', { hasText: nameOf(url) })
    .getByText(condition)
    .waitFor();
}

/** Returns a number of a node's card; -1 while it is not known. */
async function counter(page: Page, url: string, name: string): Promise<number> {
  const term = page.locator('.card', { hasText: nameOf(url) }).getByText(name, { exact: true });
  const text = (await term.locator('xpath=following-sibling::dd').textContent()) ?? '';
  return /\d/.test(text) ? Number(text.replaceAll(',', '')) : -1;
}
