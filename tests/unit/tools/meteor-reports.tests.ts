/** The output of `npm run test:meteor` for reports of Meteor's Tinytest. */

import { Tinytest } from 'meteor/tinytest';
import { MeteorReports } from '../../../scripts/meteor-reports';

interface Event {
  readonly type: string;
  readonly details?: unknown;
  readonly timeMs?: number;
}

/** A run as Tinytest reports it: one document, which gets a field for each report and is sent again as a whole. */
class Run {
  readonly reports: MeteorReports;
  #document: Record<string, unknown> = {};

  constructor(tests: readonly string[], filter = '') {
    this.reports = new MeteorReports(filter);
    for (const test of tests) this.report(test);
  }

  /** @returns what is printed */
  report(test: string, ...events: readonly Event[]): string[] {
    const key = `key${Object.keys(this.#document).length}`;
    const report = { groupPath: ['tinytest', 'publisher', 'one node'], test, events };
    this.#document = { ...this.#document, [key]: report };
    return this.reports.receive(this.#document);
  }

  get printed(): string[] {
    return this.reports.receive(this.#document);
  }
}

const OK = { type: 'ok' };
const FINISH = { type: 'finish', timeMs: 12 };

Tinytest.add('meteor reports - a test is printed once, when it has ended', (test) => {
  const run = new Run(['first', 'second']);
  test.equal(run.report('first', OK), []);
  test.equal(run.report('first', FINISH), ['ok   publisher - one node - first (12 ms)']);
  test.equal(run.report('second', OK), [], 'the first one is not printed again');
  test.equal(run.printed, [], 'nor after a reconnect');
  test.equal(run.reports.result, { passed: 1, failed: 0, skipped: [] });
});

Tinytest.add('meteor reports - every failed assertion is printed, and the test counts once', (test) => {
  const run = new Run(['first']);
  run.report('first', { type: 'fail', details: { type: 'assert_equal', expected: '1', actual: '2' } });
  run.report('first', { type: 'fail', details: { type: 'true', message: 'the second one' } });
  const [text = ''] = run.report('first', FINISH);
  test.matches(text, /^FAIL publisher - one node - first \(12 ms\)$/m);
  test.matches(text, /"expected":"1","actual":"2"/);
  test.matches(text, /the second one/);
  test.matches(text, /npm run test:meteor -- "publisher - one node - first"$/);
  test.equal(run.reports.result, { passed: 0, failed: 1, skipped: [] });
});

Tinytest.add('meteor reports - an exception ends a test, and its stack is printed', (test) => {
  const run = new Run(['first', 'second']);
  const [text = ''] = run.report('first', {
    type: 'exception',
    details: { message: 'no answer', stack: 'Error: no answer\n    at line 1' },
  });
  test.matches(text, /^FAIL publisher - one node - first\nError: no answer\n {4}at line 1\n/);
  test.equal(run.reports.unfinished, ['publisher - one node - second']);
  test.equal(run.reports.result, { passed: 0, failed: 1, skipped: [] });
});

Tinytest.add('meteor reports - a time-out, which has no stack, fails the test', (test) => {
  const run = new Run(['first']);
  const [text = ''] = run.report('first', { type: 'exception', details: { message: 'test timed out' } });
  test.matches(text, /^FAIL publisher - one node - first\n.*test timed out/);
  test.equal(run.reports.result.failed, 1);
});

Tinytest.add('meteor reports - a failure after the end of its test fails it all the same', (test) => {
  const run = new Run(['first']);
  run.report('first', FINISH);
  const [text = ''] = run.report('first', { type: 'fail', details: { message: 'late' } });
  test.matches(text, /^FAIL publisher - one node - first/);
  test.equal(run.reports.result, { passed: 0, failed: 1, skipped: [] });
});

Tinytest.add(
  'meteor reports - of a run that is cut off, the running test and the waiting ones are known',
  (test) => {
    const run = new Run(['first', 'second', 'third']);
    run.report('first', FINISH);
    run.report('second', { type: 'fail', details: {} });
    test.equal(run.reports.unfinished, ['publisher - one node - second', 'publisher - one node - third']);
    test.equal(run.reports.result, { passed: 1, failed: 0, skipped: [] }, 'only what has ended counts');
  },
);

Tinytest.add('meteor reports - skipped tests count where their name has the words', (test) => {
  const run = new Run(['first'], 'one node');
  const log = 'I20260101-09:30:26.180(0)? skipped:';
  run.reports.receiveLine(`${log} publisher - one node - over TLS: slow [openssl not found on the PATH]`);
  run.reports.receiveLine(`${log} another [openssl not found on the PATH]`);
  run.reports.receiveLine('=> Started your app.');
  test.equal(run.reports.result.skipped, [
    { name: 'publisher - one node - over TLS: slow', reason: 'openssl not found on the PATH' },
  ]);
});
