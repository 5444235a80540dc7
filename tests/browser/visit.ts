/**
 * Two nodes of the chat, and a browser that opens their pages. Called by chat.tests.ts, once for each test.
 *
 * The first visit starts the nodes and the browser, which stop with this process. Each test has its own browser context
 * and its own room.
 */

import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { startChatNodes } from '../../tools/chat-nodes';
import { launchChromium } from '../../tools/chromium';
import { freePort } from '../../tools/free-port';
import type { StandInNodes } from '../../tools/stand-in-nodes';

/** Too long for a test: no node polls during one. */
const POLLING_INTERVAL_MS = 3_600_000;
/** How long one action in a page may take, in ms: far above its usual duration, far below the polling interval. */
const TIMEOUT_MS = 30_000;

export interface Visit {
  /** A new room, without messages. */
  readonly room: string;
  /** The messages of the uncaught errors in the pages' scripts. */
  readonly pageErrors: readonly string[];
  /** Opens a page of the first or the second node. */
  open(node: 0 | 1, path: string): Promise<Page>;
  /** Closes the pages. */
  close(): Promise<void>;
}

let running: Promise<{ nodes: StandInNodes; browser: Browser }> | undefined;

/** @param executablePath the browser's */
export async function visit(executablePath: string): Promise<Visit> {
  running ??= start(executablePath);
  const { nodes, browser } = await running;
  const context = await browser.newContext();
  context.setDefaultTimeout(TIMEOUT_MS);
  const pageErrors: string[] = [];
  return {
    room: `room-${randomBytes(6).toString('hex')}`,
    pageErrors,
    async open(node, path) {
      const page = await context.newPage();
      page.on('pageerror', (error) => pageErrors.push(error.message));
      await page.goto(`${nodes.urls[node]}${path}`);
      return page;
    },
    close: () => context.close(),
  };
}

async function start(executablePath: string) {
  const { MONGO_URL: mongoUrl, CLUSTER_URL: redisUrl } = process.env;
  if (!mongoUrl || !redisUrl) throw new Error('MONGO_URL and CLUSTER_URL must be set');
  const log: string[] = [];
  try {
    const nodes = await startChatNodes({
      ports: [await freePort(), await freePort()],
      services: { mongoUrl, redisUrl },
      // A page receives the other node's messages through Cluster only.
      env: { METEOR_POLLING_INTERVAL_MS: String(POLLING_INTERVAL_MS) },
      onLine: (port, line) => log.push(`[${port}] ${line}`),
    });
    return { nodes, browser: await launchChromium(executablePath) };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${log.join('\n')}`);
  }
}
