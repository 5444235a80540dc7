/**
 * Two nodes of the chat and a browser to look at them with. Called by chat.tests.ts, once for each test.
 *
 * Nodes and browser are started by the first visit and end with this process; each test has windows and a room of
 * its own.
 */

import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { startChatNodes } from '../../tools/chat-nodes';
import { launchChromium } from '../../tools/chromium';
import { freePort } from '../../tools/free-port';
import type { StandInNodes } from '../../tools/stand-in-nodes';

const HOUR = 3_600_000;
/** How long anything a page does may take, in ms: far above what it takes, far below the hour. */
const PATIENCE = 30_000;

export interface Visit {
  /** A room in which nobody has been yet. */
  readonly room: string;
  /** What went wrong in the pages' own scripts. */
  readonly pageErrors: readonly string[];
  /** Opens a page of the first or the second node. */
  open(node: 0 | 1, path: string): Promise<Page>;
  /** Closes the pages. */
  end(): Promise<void>;
}

let running: Promise<{ nodes: StandInNodes; browser: Browser }> | undefined;

/** @param executablePath the browser */
export async function visit(executablePath: string): Promise<Visit> {
  running ??= start(executablePath);
  const { nodes, browser } = await running;
  const context = await browser.newContext();
  context.setDefaultTimeout(PATIENCE);
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
    end: () => context.close(),
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
      // What a page sees of the other node's messages, it sees because of Cluster.
      env: { METEOR_POLLING_INTERVAL_MS: String(HOUR) },
      onLine: (port, line) => log.push(`[${port}] ${line}`),
    });
    return { nodes, browser: await launchChromium(executablePath) };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${log.join('\n')}`);
  }
}
