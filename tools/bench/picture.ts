/** An SVG as PNG, drawn by Chromium. Called by bench.ts. */

import { launchChromium } from '../chromium';

export async function drawPng(svg: string, executablePath: string, path: string): Promise<void> {
  const browser = await launchChromium(executablePath);
  try {
    const page = await browser.newPage();
    await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${svg}`);
    await page.locator('svg').screenshot({ path });
  } finally {
    await browser.close();
  }
}
