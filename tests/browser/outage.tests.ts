/**
 * The chat and the side-by-side page of the demo while Redis is away, and when a node has been killed.
 *
 * Runs on the stand-in only. Needs a Chromium, at `CHROMIUM_PATH` or on the PATH, and `redis-server`.
 */

import type { FrameLocator, Locator } from 'playwright-core';
import { eventually } from '../support/eventually';
import { newGroup } from '../support/groups';
import { nameOf, siteTest } from './site';

siteTest(
  'shared',
  'chat (browser) - the pages show that Redis is away, and that it is back',
  async (test, site) => {
    const { urls, demo, open } = site;
    const room = newGroup();
    const chat = await open(`${urls[0]}/?name=Tom&room=${room}`);
    const both = await open(`${urls[1]}/side-by-side?room=${room}`);
    const dots = [
      chat.locator('.dot').first(),
      both.frameLocator('iframe[title=Jerry]').locator('.dot').first(),
    ];
    const switches = [chat, both].map((page) => page.getByRole('checkbox', { name: 'Cluster' }));
    const colours = async () => Promise.all([...dots, ...switches].map(colourOf));
    for (const page of [chat, both])
      await page.getByText('No connection to Redis').waitFor({ state: 'hidden' });
    await chat.getByText(nameOf(urls[0]), { exact: true }).waitFor();
    await both
      .frameLocator('iframe[title=Jerry]')
      .getByText(/^node \d+$/)
      .waitFor();
    const before = await colours();

    await demo.switchRedis('stopped');
    for (const page of [chat, both]) await page.getByText('No connection to Redis').waitFor();
    await chat.getByText(`${nameOf(urls[0])}, no Redis`).waitFor();
    await both.frameLocator('iframe[title=Tom]').getByText(', no Redis').waitFor();
    await eventually('dots and switches to have another colour', async () => {
      const now = await colours();
      return now.every((colour, index) => colour !== before[index]);
    });

    await demo.switchRedis('running');
    for (const page of [chat, both]) await page.getByText('Redis is back').waitFor();
    await chat.getByText(nameOf(urls[0]), { exact: true }).waitFor();
    await eventually('the first colours to be back', async () => (await colours()).join() === before.join());
    for (const page of [chat, both]) await page.getByText('Redis is back').waitFor({ state: 'hidden' });
    test.equal(await chat.getByRole('status').filter({ visible: true }).count(), 0);
  },
);

siteTest(
  'shared',
  'chat (browser) - a notice of the switch goes when Redis is back',
  async (_test, { urls, demo, open }) => {
    const chat = await open(`${urls[0]}/?name=Tom&room=${newGroup()}`);
    const toggle = chat.getByRole('checkbox', { name: 'Cluster' });
    await toggle.click();
    await chat.getByText('Cluster is off').waitFor();
    await demo.switchRedis('stopped');
    await toggle.click();
    await chat.getByText('cannot reach Redis yet').first().waitFor();
    await demo.switchRedis('running');
    await chat.getByText('cannot reach Redis yet').waitFor({ state: 'hidden' });
    await chat.getByText(/No connection to Redis|Cluster is off/).waitFor({ state: 'hidden' });
  },
);

siteTest(
  3,
  'chat (browser) - side by side leaves a node that was killed',
  async (test, { urls, demo, open }) => {
    const page = await open(`${urls[0]}/side-by-side?room=${newGroup()}`);
    const jerry = page.frameLocator('iframe[title=Jerry]');
    await nodeIs(jerry, nameOf(urls[1]));
    await demo.stopNode(portOf(urls[1]), 'SIGKILL');
    await nodeIs(jerry, nameOf(urls[2] ?? ''));
    await page.getByText('2 nodes').waitFor();
    await nodeIs(page.frameLocator('iframe[title=Tom]'), nameOf(urls[0]));
    // The node of the page itself.
    await demo.stopNode(portOf(urls[0]), 'SIGKILL');
    for (const user of ['Tom', 'Jerry']) {
      await nodeIs(page.frameLocator(`iframe[title=${user}]`), nameOf(urls[2] ?? ''));
    }
    test.equal(new URL(page.url()).origin, urls[2]);
    await page.getByText('1 node').waitFor();
    await page.getByRole('checkbox', { name: 'Cluster' }).click();
    await page.getByText('Cluster is off').waitFor();
  },
);

async function nodeIs(frame: FrameLocator, name: string): Promise<void> {
  await frame.getByText(name, { exact: true }).waitFor();
}

function colourOf(locator: Locator): Promise<string> {
  return locator.evaluate((element) => getComputedStyle(element).backgroundColor);
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
