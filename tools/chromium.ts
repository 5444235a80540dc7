/** The Chromium of this machine, for the browser tests and the benchmark's picture. */

import { type Browser, chromium } from 'playwright-core';
import { findOnPath } from './child-server';

/** For a browser in a container, as root, that calls nobody. */
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
/** How long it may take to start, in ms. */
const PATIENCE = 30_000;

/** The browser that `CHROMIUM_PATH` names, else one on the PATH. */
export function findChromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return process.env.CHROMIUM_PATH || names.map(findOnPath).find((path) => path !== undefined);
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ARGUMENTS, timeout: PATIENCE });
}
