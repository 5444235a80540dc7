/** The Chromium that all tests of this process share. Each test opens a context of its own. Called by visit.ts and status.tests.ts. */

import type { Browser, BrowserContext } from 'playwright-core';
import { launchChromium } from '../../tools/chromium';

/** How long one action in a page may take, in ms: far above its usual duration, far below the polling interval. */
const TIMEOUT_MS = 30_000;

let launched: Promise<Browser> | undefined;

/**
 * Returns a context without pages. The first call starts the browser, which ends with this process.
 *
 * @param executablePath the browser's
 */
export async function newContext(executablePath: string): Promise<BrowserContext> {
  launched ??= launchChromium(executablePath);
  const context = await (await launched).newContext();
  context.setDefaultTimeout(TIMEOUT_MS);
  return context;
}
