/**
 * Two nodes of the chat, and a browser that opens their pages. Called by chat.tests.ts, once for each test.
 *
 * The first visit starts the nodes, which stop with this process. Each test has its own browser context and its own room.
 */

import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { startChatNodes } from '../../tools/chat-nodes';
import { freePort } from '../../tools/free-port';
import type { StandInNodes } from '../../tools/stand-in-nodes';
import { newContext } from './shared-browser';

/** Too long for a test: no node polls during one. */
const POLLING_INTERVAL_MS = 3_600_000;

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

let running: Promise<StandInNodes> | undefined;

/** @param executablePath the browser's */
export async function visit(executablePath: string): Promise<Visit> {
  running ??= start();
  const [nodes, context] = await Promise.all([running, newContext(executablePath)]);
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

async function start(): Promise<StandInNodes> {
  const { MONGO_URL: mongoUrl, CLUSTER_URL: redisUrl } = process.env;
  if (!mongoUrl || !redisUrl) throw new Error('MONGO_URL and CLUSTER_URL must be set');
  const log: string[] = [];
  try {
    return await startChatNodes({
      ports: [await freePort(), await freePort()],
      services: { mongoUrl, redisUrl },
      // A page receives the other node's messages through Cluster only.
      env: { METEOR_POLLING_INTERVAL_MS: String(POLLING_INTERVAL_MS) },
      onLine: (port, line) => log.push(`[${port}] ${line}`),
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${log.join('\n')}`);
  }
}
