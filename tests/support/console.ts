/** What Cluster says on the console of this process while something runs. */

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
