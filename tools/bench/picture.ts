/** An SVG as PNG, drawn by Chromium. Called by bench.ts. */

import { chromium } from 'playwright-core';
import { findOnPath } from '../child-server';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
];

/** The browser that `CHROMIUM_PATH` names, else one on the PATH. */
export function findChromium(): string | undefined {
  return (
    process.env.CHROMIUM_PATH ||
    ['chromium', 'chromium-browser', 'google-chrome'].map(findOnPath).find((path) => path !== undefined)
  );
}

export async function drawPng(svg: string, executablePath: string, path: string): Promise<void> {
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS, timeout: 30_000 });
  try {
    const page = await browser.newPage();
    await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${svg}`);
    await page.locator('svg').screenshot({ path });
  } finally {
    await browser.close();
  }
}
