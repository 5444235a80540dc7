/** The log lines of Cluster in this process. */

import { IDLE_LINE } from '../../src/after-start-up';

/** Runs something and returns the lines that were logged meanwhile, which do not reach the console. */
export async function linesDuring(run: () => unknown): Promise<string[]> {
  const lines: string[] = [];
  const { info, warn, error } = console;
  const keep = (...args: unknown[]) => {
    const line = args.map(String).join(' ');
    // Nothing starts the Cluster of the tests' own application, which says so some time after start-up.
    if (line !== IDLE_LINE) lines.push(line);
  };
  console.info = console.warn = console.error = keep;
  try {
    await run();
  } finally {
    Object.assign(console, { info, warn, error });
  }
  return lines;
}
