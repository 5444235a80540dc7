/**
 * Reads what Tinytest reports of a run on Meteor, while it runs: which tests have ended, and how.
 *
 * Called by test-on-meteor.ts. Touches nothing.
 */

import type { Fields } from '../stand-in/ddp-client';
import type { RunResult } from '../stand-in/packages/tinytest';
import type { SkippedTest } from '../stand-in/skipped-tests';

/** A report of Tinytest about a test: nothing but its name when the run begins, then each assertion, then its end. */
interface Report {
  readonly groupPath: readonly string[];
  readonly test: string;
  readonly events?: readonly Event[];
}

interface Event {
  readonly type: string;
  readonly details?: unknown;
  /** Of the event `finish`. */
  readonly timeMs?: number;
}

interface Progress {
  readonly failures: string[];
  hasEnded: boolean;
  durationMs?: number | undefined;
}

/** How `skipTest` in tests/support/scope.ts logs a test that it has not registered. */
const SKIP = /skipped: (.+) \[(.+)\]$/;

export class MeteorReports {
  readonly #filter: string;
  readonly #skipped: SkippedTest[] = [];
  readonly #tests = new Map<string, Progress>();
  readonly #read = new Set<string>();

  /** @param filter the text that names of tests have to contain, as in TINYTEST_FILTER */
  constructor(filter: string) {
    this.#filter = filter;
  }

  /** Reads a line of Meteor's output. Only those about skipped tests matter. */
  receiveLine(line: string): void {
    const [, name, reason] = SKIP.exec(line) ?? [];
    if (name?.includes(this.#filter) && reason !== undefined) this.#skipped.push({ name, reason });
  }

  /**
   * Reads the document of the run. It gets one more field with each report.
   *
   * @returns the outcome of each test that has ended, or has failed after its end, as text
   */
  receive(document: Fields): string[] {
    const news = new Set<string>();
    for (const [key, report] of Object.entries(document)) {
      if (this.#read.has(key) || !isReport(report)) continue;
      this.#read.add(key);
      const name = nameOf(report);
      const progress = this.#tests.get(name) ?? { failures: [], hasEnded: false };
      this.#tests.set(name, progress);
      for (const event of report.events ?? []) if (isNews(progress, event)) news.add(name);
    }
    return [...news].map((name) => outcome(name, this.#tests.get(name)));
  }

  /** The tests without an end, the running one first: they run in the order in which they were reported. */
  get unfinished(): string[] {
    return [...this.#tests].filter(([, { hasEnded }]) => !hasEnded).map(([name]) => name);
  }

  get result(): RunResult {
    const ended = [...this.#tests.values()].filter(({ hasEnded }) => hasEnded);
    const failed = ended.filter(({ failures }) => failures.length > 0).length;
    return { passed: ended.length - failed, failed, skipped: this.#skipped };
  }
}

/** Notes an event. @returns whether the outcome of the test has to be printed, or printed again */
function isNews(progress: Progress, { type, details, timeMs }: Event): boolean {
  const isFailure = type === 'fail' || type === 'exception';
  if (isFailure) progress.failures.push(describe(details));
  if (type === 'finish' || type === 'exception') {
    progress.hasEnded = true;
    progress.durationMs = timeMs;
    return true;
  }
  return isFailure && progress.hasEnded;
}

/** Returns the same text as `npm test`. */
function outcome(
  name: string,
  { failures, durationMs }: Progress = { failures: [], hasEnded: true },
): string {
  const duration = durationMs === undefined ? '' : ` (${durationMs} ms)`;
  if (failures.length === 0) return `ok   ${name}${duration}`;
  const repeat = `     to run it alone: npm run test:meteor -- ${JSON.stringify(name)}`;
  return [`FAIL ${name}${duration}`, ...failures, repeat].join('\n');
}

/** Returns the stack of an exception, and all there is of another failure. */
function describe(details: unknown): string {
  return isException(details) ? details.stack : (JSON.stringify(details) ?? 'failed without details');
}

/** The first name of the path is `tinytest`. */
function nameOf({ groupPath, test }: Report): string {
  return [...groupPath.slice(1), test].join(' - ');
}

function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'groupPath' in value && 'test' in value;
}

function isException(value: unknown): value is { readonly stack: string } {
  return typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string';
}
