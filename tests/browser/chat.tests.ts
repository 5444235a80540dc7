/**
 * The example `examples/chat` in a real browser: two nodes, two pages, and what is typed on one appears on the other.
 *
 * Runs on the stand-in only, and where there is a Chromium: the one that `CHROMIUM_PATH` names, else one on the PATH.
 */

import { Tinytest } from 'meteor/tinytest';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { skipTest } from '../../stand-in/packages/tinytest';
import { findChromium } from '../../tools/chromium';
import { pause } from '../support/eventually';
import { type Visit, visit } from './visit';

const chromium = findChromium();

type Test = Parameters<Parameters<typeof Tinytest.addAsync>[1]>[0];

browserTest('what is typed on one node’s page appears on the other’s, both ways', async (test, chat) => {
  const [tom, jerry] = await tomAndJerry(chat);
  await say(tom, 'Hello from Tom');
  test.matches(await timeOf(jerry, 'Hello from Tom'), /^[\d,]+ ms$/);
  await say(jerry, 'Hello from Jerry');
  test.matches(await timeOf(tom, 'Hello from Jerry'), /^[\d,]+ ms$/);
  test.matches(await nodeOf(tom), /^node \d+$/);
  test.notEqual(await nodeOf(tom), await nodeOf(jerry));
});

browserTest('the messages from before a page was opened are shown without times', async (test, chat) => {
  const [tom] = await tomAndJerry(chat);
  await say(tom, 'An old message');
  await timeOf(tom, 'An old message');
  const late = await open(chat, 1, 'Late');
  await message(late, 'An old message').waitFor();
  test.equal(await late.locator('.latency').count(), 0);
});

browserTest('bad input gets a clear error in the page, and the text stays', async (test, chat) => {
  const [tom] = await tomAndJerry(chat);
  await say(tom, '   ');
  test.equal(await errorWith(tom, 'empty'), `${EXPECTED_TEXT}; got an empty one`);
  await say(tom, 'x'.repeat(1001));
  test.equal(await errorWith(tom, '1001'), `${EXPECTED_TEXT}; got 1001 characters`);
  test.equal(await tom.getByLabel('Message').inputValue(), 'x'.repeat(1001));
  await say(tom, 'Short enough');
  await timeOf(tom, 'Short enough');
  await tom.getByRole('alert').waitFor({ state: 'hidden' });
  await tom.getByLabel('Your name').fill('');
  await say(tom, 'Who am I?');
  test.equal(await errorWith(tom, 'name'), 'The name must be text of 1 to 40 characters; got an empty one');
});

browserTest('a room with too long a name gets a clear error in the page', async (test, chat) => {
  const page = await chat.open(0, `/?name=Tom&room=${'r'.repeat(61)}`);
  test.equal(await errorWith(page, 'room'), 'The room must be text of 1 to 60 characters; got 61 characters');
});

browserTest('the side-by-side page shows Tom and Jerry on their nodes', async (test, chat) => {
  const page = await chat.open(0, `/side-by-side?room=${chat.room}`);
  const tom = page.frameLocator('iframe[title=Tom]');
  const jerry = page.frameLocator('iframe[title=Jerry]');
  await live(tom);
  await live(jerry);
  test.notEqual(await nodeOf(tom), await nodeOf(jerry));
  await say(tom, 'Cheese?');
  test.matches(await timeOf(jerry, 'Cheese?'), /^[\d,]+ ms$/);
});

browserTest('the switch turns Cluster off and on, on every node', async (test, chat) => {
  const [tom, jerry] = await tomAndJerry(chat);
  const clusterSwitch = tom.getByRole('checkbox', { name: 'Cluster' });
  await clusterSwitch.click();
  for (const page of [tom, jerry]) await page.getByText('Cluster is off').waitFor();
  await say(tom, 'Is anybody there?');
  await timeOf(tom, 'Is anybody there?');
  await pause(500);
  test.equal(await message(jerry, 'Is anybody there?').count(), 0);
  await clusterSwitch.click();
  // What was written meanwhile comes as well: a node that joins looks at everything.
  await message(jerry, 'Is anybody there?').waitFor();
  for (const page of [tom, jerry]) await page.getByText('Cluster is off').waitFor({ state: 'hidden' });
});

const EXPECTED_TEXT = 'The message must be text of 1 to 1000 characters';

function browserTest(name: string, body: (test: Test, chat: Visit) => Promise<void>): void {
  const title = `browser - ${name}`;
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
      await chat.end();
    }
  });
}

/** Tom's page on the first node and Jerry's on the second, both live. */
async function tomAndJerry(chat: Visit): Promise<[Page, Page]> {
  return [await open(chat, 0, 'Tom'), await open(chat, 1, 'Jerry')];
}

async function open(chat: Visit, node: 0 | 1, name: string): Promise<Page> {
  const page = await chat.open(node, `/?name=${name}&room=${chat.room}`);
  await live(page);
  return page;
}

/** Waits until a page has been sent the messages there are, and shows its node. */
async function live(page: Page | FrameLocator): Promise<void> {
  await page.locator('ol[aria-busy=false]').waitFor({ state: 'attached' });
  await page.getByText(/^node \d+$/).waitFor();
}

async function say(page: Page | FrameLocator, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

function message(page: Page | FrameLocator, text: string) {
  return page.locator('li', { hasText: text });
}

/** Waits for a message that comes while the page is open. @returns what its badge says */
function timeOf(page: Page | FrameLocator, text: string): Promise<string> {
  return textOf(message(page, text).locator('.latency'));
}

function nodeOf(page: Page | FrameLocator): Promise<string> {
  return textOf(page.getByText(/^node \d+$/));
}

/** Waits for an error in the page that says `part`. @returns all it says */
function errorWith(page: Page, part: string): Promise<string> {
  return textOf(page.getByRole('alert').filter({ hasText: part }));
}

async function textOf(locator: Locator): Promise<string> {
  return (await locator.textContent()) ?? '';
}
