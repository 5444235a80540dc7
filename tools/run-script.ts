/**
 * The frame of an npm command: runs it, stops what it has started, and ends the process.
 *
 * Called by the scripts and the benchmark.
 */

import { constants } from 'node:os';

export interface Stoppable {
  stop(): Promise<unknown>;
}

/** Registers something to be stopped when the script ends. Returns it. */
export type StopLater = <Started extends Stoppable>(started: Started) => Started;

export interface ScriptOptions {
  /** For a script that only a signal ends. @default 128 and the signal's number, as shells count */
  readonly exitCodeWhenInterrupted?: number;
}

/**
 * Runs a script until it returns, throws, or the process gets SIGINT, SIGTERM or SIGHUP. Then stops what it has started, the
 * last one first. The process guard kills processes that are still starting then.
 *
 * @param script returns the exit code
 */
export async function runScript(
  script: (stopLater: StopLater) => Promise<number>,
  { exitCodeWhenInterrupted }: ScriptOptions = {},
): Promise<never> {
  const started: Stoppable[] = [];
  const stopLater: StopLater = (each) => {
    started.unshift(each);
    return each;
  };
  let exitCode = 1;
  try {
    const signal = interruption().then((number) => exitCodeWhenInterrupted ?? 128 + number);
    exitCode = await Promise.race([signal, script(stopLater)]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  for (const each of started) await each.stop();
  process.exit(exitCode);
}

/** Resolves with the number of the signal. A second signal ends the process at once. */
function interruption(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve(constants.signals[signal]));
    }
  });
}
