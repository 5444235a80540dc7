/**
 * The example `examples/chat` in a real browser, with two nodes and a page on each.
 *
 * Runs on the stand-in only. Needs a Chromium, at `CHROMIUM_PATH` or on the PATH; without one the tests are skipped.
 */

import { Tinytest } from 'meteor/tinytest';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { skipTest } from '../../stand-in/packages/tinytest';
import { findChromium } from '../../tools/chromium';
import { eventually, pause } from '../support/eventually';
import { type Visit, visit } from './visit';

const chromium = findChromium();

type Test = Parameters<Parameters<typeof Tinytest.addAsync>[1]>[0];

browserTest(
  'a message sent from one node’s page appears on the other’s, in both directions',
  async (test, chat) => {
    const [tom, jerry] = await tomAndJerry(chat);
    await send(tom, 'Hello from Tom');
    test.matches(await latencyOf(jerry, 'Hello from Tom'), /^[\d,]+ ms$/);
    await send(jerry, 'Hello from Jerry');
    test.matches(await latencyOf(tom, 'Hello from Jerry'), /^[\d,]+ ms$/);
    test.matches(await nodeOf(tom), /^node \d+$/);
    test.notEqual(await nodeOf(tom), await nodeOf(jerry));
  },
);

browserTest('messages sent before a page was opened are shown without latency', async (test, chat) => {
  const [tom] = await tomAndJerry(chat);
  await send(tom, 'An old message');
  await latencyOf(tom, 'An old message');
  const late = await open(chat, 1, 'Late');
  await message(late, 'An old message').waitFor();
  test.equal(await late.locator('.latency').count(), 0);
});

browserTest('the page shows a clear error for invalid input, and keeps the text', async (test, chat) => {
  const [tom] = await tomAndJerry(chat);
  await send(tom, '   ');
  test.equal(await errorWith(tom, 'empty'), `${EXPECTED_TEXT}; got empty text`);
  await send(tom, 'x'.repeat(1001));
  test.equal(await errorWith(tom, '1001'), `${EXPECTED_TEXT}; got 1001 characters`);
  test.equal(await tom.getByLabel('Message').inputValue(), 'x'.repeat(1001));
  await send(tom, 'Short enough');
  await latencyOf(tom, 'Short enough');
  await tom.getByRole('alert').waitFor({ state: 'hidden' });
  await tom.getByLabel('Your name').fill('');
  await send(tom, 'Who am I?');
  test.equal(await errorWith(tom, 'name'), 'The name must be text of 1 to 40 characters; got empty text');
});

browserTest('the page shows a clear error for a room whose name is too long', async (test, chat) => {
  const page = await chat.open(0, `/?name=Tom&room=${'r'.repeat(61)}`);
  test.equal(await errorWith(page, 'room'), 'The room must be text of 1 to 60 characters; got 61 characters');
});

browserTest('the side-by-side page shows Tom and Jerry on different nodes', async (test, chat) => {
  const page = await chat.open(0, `/side-by-side?room=${chat.room}`);
  const tom = page.frameLocator('iframe[title=Tom]');
  const jerry = page.frameLocator('iframe[title=Jerry]');
  await ready(tom);
  await ready(jerry);
  test.notEqual(await nodeOf(tom), await nodeOf(jerry));
  await send(tom, 'Cheese?');
  test.matches(await latencyOf(jerry, 'Cheese?'), /^[\d,]+ ms$/);
});

browserTest('the other node’s page shows who is typing, until the message is there', async (test, chat) => {
  const [tom, jerry] = await tomAndJerry(chat);
  const typing = jerry.getByText('Tom is typing');
  test.isFalse(await typing.isVisible());
  await tom.getByLabel('Message').pressSequentially('Chee');
  await typing.waitFor();
  test.isFalse(await tom.getByText('Tom is typing').isVisible(), 'Tom knows that');
  await send(tom, 'Cheese?');
  await typing.waitFor({ state: 'hidden' });
  await message(jerry, 'Cheese?').waitFor();
  await jerry.getByLabel('Message').fill('No');
  await tom.getByText('Jerry is typing').waitFor();
  await jerry.getByLabel('Message').fill('');
  // The page no longer repeats it.
  await tom.getByText('Jerry is typing').waitFor({ state: 'hidden' });
});

browserTest('two who are typing are named, and more are counted', async (_test, chat) => {
  const [tom, jerry] = await tomAndJerry(chat);
  const others = [await open(chat, 0, 'Spike'), await open(chat, 1, 'Nibbles')] as const;
  const start = async (page: Page) => page.getByLabel('Message').fill('…');
  await start(jerry);
  await start(others[0]);
  await tom.getByText('Jerry and Spike are typing').waitFor();
  for (const page of [jerry, ...others]) await start(page);
  await tom.getByText('3 people are typing').waitFor();
});

browserTest('the switch turns Cluster off and on, on every node', async (test, chat) => {
  const [tom, jerry] = await tomAndJerry(chat);
  const clusterSwitch = tom.getByRole('checkbox', { name: 'Cluster' });
  await clusterSwitch.click();
  for (const page of [tom, jerry]) await page.getByText('Cluster is off').waitFor();
  await send(tom, 'Is anybody there?');
  await latencyOf(tom, 'Is anybody there?');
  await pause(500);
  test.equal(await message(jerry, 'Is anybody there?').count(), 0);
  await clusterSwitch.click();
  // Sent while Cluster was off: a node that joins resyncs every collection.
  await message(jerry, 'Is anybody there?').waitFor();
  for (const page of [tom, jerry]) await page.getByText('Cluster is off').waitFor({ state: 'hidden' });
});

browserTest(
  'on a phone the header fits, and an error leaves the last message in sight',
  async (test, chat) => {
    const [tom] = await tomAndJerry(chat);
    await tom.setViewportSize({ width: 390, height: 500 });
    for (let count = 1; count <= 8; count += 1) await send(tom, `Message ${count}`);
    const last = message(tom, 'Message 8');
    await last.waitFor();
    for (const part of ['h1', '.node', 'nav', '.switch']) {
      const height = (await tom.locator(`#chat ${part}`).boundingBox())?.height ?? 0;
      test.isTrue(height > 0 && height < 32, `${part} is one line: ${height} px`);
    }
    test.isTrue((await tom.evaluate(() => document.documentElement.scrollWidth)) <= 390);
    await send(tom, '   ');
    await errorWith(tom, 'empty');
    await eventually('the last message to be in sight', async () => {
      const [list, item] = [await tom.locator('.messages').boundingBox(), await last.boundingBox()];
      return list !== null && item !== null && item.y + item.height <= list.y + list.height;
    });
  },
);

const EXPECTED_TEXT = 'The message must be text of 1 to 1000 characters';

function browserTest(name: string, body: (test: Test, chat: Visit) => Promise<void>): void {
  const title = `chat (browser) - ${name}`;
  if (chromium === undefined) {
    skipTest(title, 'no Chromium found');
    return;
  }
  Tinytest.addAsync(title, async (test) => {
    const chat = await visit(chromium);
    try {
      await body(test, chat);
      test.equal(chat.pageErrors, []);
    } finally {
      await chat.close();
    }
  });
}

/** Opens Tom's page on the first node and Jerry's on the second. */
async function tomAndJerry(chat: Visit): Promise<[Page, Page]> {
  return [await open(chat, 0, 'Tom'), await open(chat, 1, 'Jerry')];
}

async function open(chat: Visit, node: 0 | 1, name: string): Promise<Page> {
  const page = await chat.open(node, `/?name=${name}&room=${chat.room}`);
  await ready(page);
  return page;
}

/** Waits until a page has received the room's messages and shows its node. */
async function ready(page: Page | FrameLocator): Promise<void> {
  await page.locator('ol[aria-busy=false]').waitFor({ state: 'attached' });
  await page.getByText(/^node \d+$/).waitFor();
}

async function send(page: Page | FrameLocator, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

function message(page: Page | FrameLocator, text: string) {
  return page.locator('li', { hasText: text });
}

/** Waits for a message that arrives while the page is open. @returns the latency on its badge */
function latencyOf(page: Page | FrameLocator, text: string): Promise<string> {
  return textOf(message(page, text).locator('.latency'));
}

function nodeOf(page: Page | FrameLocator): Promise<string> {
  return textOf(page.getByText(/^node \d+$/));
}

/** Waits until the page shows an error that contains `part`. @returns the whole error */
function errorWith(page: Page, part: string): Promise<string> {
  return textOf(page.getByRole('alert').filter({ hasText: part }));
}

async function textOf(locator: Locator): Promise<string> {
  return (await locator.textContent()) ?? '';
}
