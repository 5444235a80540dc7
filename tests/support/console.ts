/** What Cluster logs in this process. */

/** Runs something and returns the lines that were logged meanwhile, which do not reach the console. */
export async function linesDuring(run: () => unknown): Promise<string[]> {
  const lines: string[] = [];
  const { info, warn } = console;
  console.info = console.warn = (...args: unknown[]) => void lines.push(args.map(String).join(' '));
  try {
    await run();
  } finally {
    Object.assign(console, { info, warn });
  }
  return lines;
}
