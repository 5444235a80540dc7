/**
 * The status page of the demo in a real browser, with nodes that come and go and a Redis that stops and starts.
 *
 * Runs on the stand-in only. Needs a Chromium, at `CHROMIUM_PATH` or on the PATH, and `redis-server`.
 */

import { MongoClient } from 'mongodb';
import type { Page } from 'playwright-core';
import { createClient } from 'redis';
import { eventually } from '../support/eventually';
import { newGroup } from '../support/groups';
import type { Test } from '../support/scope';
import { nameOf, type Site, type SiteNodes, siteTest } from './site';

statusTest(2, 'the status page lists the nodes, and those that come and go', async (test, { page, urls }) => {
  for (const url of urls) await card(page, url, 'connected');
  await page.getByText('2 nodes, one live database').waitFor();
  await page.getByRole('button', { name: 'Add a node' }).click();
  await page.getByText('3 nodes, one live database').waitFor();
  test.equal(await page.locator('.card').count(), 3);
  await page.getByText('each knows 2 others').waitFor();
  await page.getByRole('button', { name: `Stop ${nameOf(urls[1])}` }).click();
  await page.mouse.move(0, 0);
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
  await page.mouse.move(0, 0);
  await eventually('one card to be left', async () => (await page.locator('.card').count()) === 1);
  test.isTrue(await page.getByRole('button', { name: /^Stop node/ }).isDisabled(), 'the last node stays');
});

statusTest('shared', 'the counters of the status page move with messages of the chat', async (test, site) => {
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

statusTest('shared', 'the status page shows a stop and a start of Redis', async (test, { page, urls }) => {
  for (const url of urls) await card(page, url, 'connected');
  await page.getByRole('button', { name: 'Stop Redis' }).click();
  // The log shows the last events alone: these come with each node's resyncs.
  const log = page.getByRole('log');
  for (const text of ['Redis stopped', 'disconnected: no connection to Redis'])
    await log.getByText(text).first().waitFor();
  for (const url of urls) await card(page, url, 'no connection to Redis');
  await page.getByText('No Redis: changes wait').waitFor();
  await page.getByRole('checkbox', { name: 'Write ten times a second' }).check();
  await page.getByText(/^[1-9]\d* pending, for Redis$/).waitFor();
  await eventually('the card to show them', async () => (await counter(page, urls[0], 'Pending')) > 0);
  await page.getByText('no connection to Redis', { exact: true }).waitFor();
  test.equal(await page.locator('[data-typical]').textContent(), '–');
  test.equal(await page.locator('.latency-chart .published, .latency-chart .read').count(), 0);
  await page.getByRole('button', { name: 'Start Redis' }).click();
  for (const url of urls) await card(page, url, 'connected');
  await page.getByText('2 nodes, one live database').waitFor();
  await page.locator('[data-published]').getByText('in the last minute').waitFor();
  await log.getByText('connected again').first().waitFor();
  test.isTrue(await page.getByRole('button', { name: 'Stop Redis' }).isEnabled());
});

statusTest(
  2,
  'a kill is listed, and events name peers that have gone after a reload too',
  async (_test, site) => {
    const { page, urls, demo } = site;
    await page.getByText('each knows 1 other').waitFor();
    await page.getByRole('log').getByText('collection messages resynced').first().waitFor();
    await page.getByRole('button', { name: 'Add a node' }).click();
    await page.getByText('each knows 2 others').waitFor();
    await demo.stopNode(Number(new URL(urls[1]).port), 'SIGKILL');
    const log = page.getByRole('log');
    for (const isReloaded of [false, true]) {
      if (isReloaded) await page.reload();
      await log.getByText(`${nameOf(urls[1])} killed`).waitFor();
      await log.getByText(`peer expired: ${nameOf(urls[1])}`).waitFor();
    }
  },
);

statusTest(3, 'cards do not move while the pointer is on one', async (test, { page, urls }) => {
  await page.getByText('each knows 2 others').waitFor();
  const place = async () => {
    const box = await page.locator('.card', { hasText: nameOf(urls[2] ?? '') }).boundingBox();
    return [box?.x, box?.y];
  };
  // So that no button has to be scrolled to.
  await page.setViewportSize({ width: 1280, height: 1200 });
  const before = await place();
  await page.getByRole('button', { name: `Kill ${nameOf(urls[1])}` }).click();
  const killed = page.locator('.card', { hasText: nameOf(urls[1]) });
  await killed.getByText('has ended').waitFor();
  test.isTrue(await page.getByRole('button', { name: `Kill ${nameOf(urls[1])}` }).isDisabled());
  test.equal(await place(), before);
  await page.mouse.move(0, 0);
  await killed.waitFor({ state: 'detached' });
});

statusTest('shared', 'the writes of the status page go to 25 documents of each node', async (test, site) => {
  const { page, urls } = site;
  await page.getByText('2 nodes, one live database').waitFor();
  const before = await published(page, urls);
  await page.getByRole('checkbox', { name: 'Write ten times a second' }).check();
  await eventually('more writes than documents', async () => (await published(page, urls)) > before + 60);
  await eventually('nodes to save reads of each other’s documents', async () => {
    return (
      (await counter(page, urls[0], 'Reads saved')) > 5 && (await counter(page, urls[1], 'Reads saved')) > 5
    );
  });
  const database = process.env.MONGO_URL ?? '';
  const client = await MongoClient.connect(database);
  try {
    const count = await client
      .db()
      .collection('traffic')
      .countDocuments({ node: { $in: [...urls] } });
    test.equal(count, 50);
  } finally {
    await client.close();
  }
});

statusTest(
  'shared',
  'the status page shows messages that a node has dropped',
  async (test, { page, urls, redisUrl }) => {
    for (const url of urls) await card(page, url, 'connected');
    const before = await counter(page, urls[0], 'Dropped');
    const redis = await createClient({ url: redisUrl }).connect();
    try {
      const [channel = ''] = await redis.pubSubChannels('cluster:*');
      for (let message = 0; message < 3; message += 1)
        await redis.publish(channel, 'not a message of Cluster');
    } finally {
      redis.destroy();
    }
    await eventually('the card to count them', async () => {
      return (await counter(page, urls[0], 'Dropped')) === before + 3;
    });
    test.equal(await page.getByRole('log').getByText('message dropped: malformed').count(), 1);
  },
);

statusTest(8, 'no texts overlap in the pictures of eight nodes', async (test, { page }) => {
  await page.getByText('8 nodes, one live database').waitFor();
  await page.getByRole('checkbox', { name: 'Write ten times a second' }).check();
  await eventually('changes to be drawn', async () => (await page.locator('.flow .published').count()) > 2);
  for (const width of [390, 700, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await eventually('the pictures to be drawn anew', () => fits(page));
    test.equal(await overlappingTexts(page), [], `${width} px`);
  }
});

statusTest('shared', 'the status page fits a phone, and refuses other sites', async (test, site) => {
  const { page, control } = site;
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByText('2 nodes, one live database').waitFor();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  test.isTrue(width <= 390, `it is ${width} px wide`);
  for (const origin of ['', 'http://example.com']) {
    const { status } = await fetch(`${control}/redis/stop`, { method: 'POST', headers: { origin } });
    test.equal(status, 403);
  }
});

interface StatusSite extends Site {
  /** The status page of the first node. */
  readonly page: Page;
}

function statusTest(
  nodes: SiteNodes,
  name: string,
  body: (test: Test, site: StatusSite) => Promise<void>,
): void {
  siteTest(nodes, `status page (browser) - ${name}`, async (test, site) => {
    await body(test, { ...site, page: await site.open(`${site.urls[0]}/status`) });
  });
}

/** Returns whether the pictures have been drawn since the page got its width. */
function fits(page: Page): Promise<boolean> {
  return page.evaluate(() =>
    [...document.querySelectorAll<SVGSVGElement>('.panel svg')].every(
      (picture) => Math.abs(picture.viewBox.baseVal.width - picture.getBoundingClientRect().width) < 1,
    ),
  );
}

/** Returns the pairs of texts in the pictures that overlap. */
function overlappingTexts(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.panel svg')].flatMap((picture) => {
      const texts = [...picture.querySelectorAll('text')].filter(({ textContent }) => textContent);
      const boxes = texts.map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
      return boxes.flatMap((one, index) =>
        boxes
          .slice(index + 1)
          .filter(({ box }) => box.left < one.box.right && one.box.left < box.right)
          // Texts have some px of room above and below.
          .filter(({ box }) => box.top < one.box.bottom - 4 && one.box.top < box.bottom - 4)
          .map(({ text }) => `${one.text} and ${text}`),
      );
    }),
  );
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

/** Returns how many changes all nodes together have published. */
async function published(page: Page, urls: readonly string[]): Promise<number> {
  const counts = await Promise.all(urls.map((url) => counter(page, url, 'Published')));
  return counts.reduce((sum, count) => sum + count, 0);
}
