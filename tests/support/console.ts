/** The log lines of Cluster in this process. */

/** Runs something and returns the lines that were logged meanwhile, which do not reach the console. */
export async function linesDuring(run: () => unknown): Promise<string[]> {
  const lines: string[] = [];
  const { info, warn, error } = console;
  console.info =
    console.warn =
    console.error =
      (...args: unknown[]) => void lines.push(args.map(String).join(' '));
  try {
    await run();
  } finally {
    Object.assign(console, { info, warn, error });
  }
  return lines;
}
