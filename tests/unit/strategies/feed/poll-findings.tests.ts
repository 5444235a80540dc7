/** Which differences that polls find count: those that no change explains. */

import { Tinytest } from 'meteor/tinytest';
import { PollFindings } from '../../../../src/strategies/feed/poll-findings';
import { eventually, pause } from '../../../support/eventually';

const CONFIRM_MS = 40;

function start(confirmAfterMs = CONFIRM_MS) {
  const found = { count: 0 };
  const onFound = () => {
    found.count += 1;
  };
  return { found, findings: new PollFindings({ onFound, confirmAfterMs }) };
}

Tinytest.addAsync('poll findings - a difference that no change explains counts, once', async (test) => {
  const { found, findings } = start();
  for (const id of ['a', 'a', 'b']) findings.onDifference(id);
  test.equal(found.count, 0, 'not at once');
  await eventually('both', () => found.count === 2);
  await pause(2 * CONFIRM_MS);
  test.equal(found.count, 2);
});

Tinytest.addAsync('poll findings - a change of the document explains it, before or after', async (test) => {
  const { found, findings } = start(200);
  findings.onChange(['before', 'other']);
  findings.onDifference('before');
  findings.onDifference('after');
  findings.onDifference('neither');
  findings.onChange(['after']);
  await eventually('the last one', () => found.count > 0);
  await pause(CONFIRM_MS);
  test.equal(found.count, 1);
});

Tinytest.addAsync('poll findings - a change of the whole collection explains everything', async (test) => {
  const { found, findings } = start();
  findings.onDifference('a');
  findings.onChange('all');
  await pause(2 * CONFIRM_MS);
  test.equal(found.count, 0);
});

Tinytest.addAsync('poll findings - a change long ago explains nothing', async (test) => {
  const { found, findings } = start();
  findings.onChange(['a']);
  await pause(3 * CONFIRM_MS);
  findings.onDifference('a');
  await eventually('it to count', () => found.count > 0);
  test.equal(found.count, 1);
});

Tinytest.addAsync('poll findings - with more changes than are remembered, nothing counts', async (test) => {
  const { found, findings } = start(1000);
  findings.onChange(Array.from({ length: 5000 }, (_, n) => `${n}`));
  findings.onDifference('a');
  await pause(1100);
  test.equal(found.count, 0);
});

Tinytest.addAsync('poll findings - after a stop nothing counts', async (test) => {
  const { found, findings } = start();
  findings.onDifference('a');
  findings.stop();
  await pause(2 * CONFIRM_MS);
  test.equal(found.count, 0);
});
