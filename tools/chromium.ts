/** The Chromium of this machine. Called by the browser's tests and, for the picture, by the benchmark. */

import type { Browser } from 'playwright-core';
import which from 'which';

/** The first one has no window: the browser takes 19 s of CPU time in its tests, and 42 s as the next one. */
const PROGRAMS = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];
/** For a browser in a container, as root, that makes no connections of its own. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const START_TIMEOUT_MS = 30_000;

/** Returns the browser that `CHROMIUM_PATH` names, else one on the PATH, else undefined. */
export function findChromium(): string | undefined {
  const onPath = PROGRAMS.map((program) => which.sync(program, { nothrow: true }));
  return process.env.CHROMIUM_PATH || onPath.find((path) => path !== null) || undefined;
}

export async function launchChromium(executablePath: string): Promise<Browser> {
  // Loaded on demand: it takes each process of the tests 0.3 s.
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath, args: ARGUMENTS, timeout: START_TIMEOUT_MS });
}
