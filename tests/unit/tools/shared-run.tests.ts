/** Processes that share a run of the tests: each test is run by one of them. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tinytest } from 'meteor/tinytest';
import { claiming, inOrder } from '../../../stand-in/shared-run';

const NAMES = ['faults (feed) - one', 'peers - one', 'channel (feed) - two', 'peers - two', 'peers - three'];

/** Lets processes take turns. @returns the tests that each of them runs */
function share(count: number): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-shared-run-'));
  try {
    const processes = Array.from({ length: count }, () => ({
      next: claiming(folder),
      names: [] as string[],
      isRunning: true,
    }));
    while (processes.some(({ isRunning }) => isRunning)) {
      for (const each of processes) {
        const n = each.next(NAMES);
        each.isRunning = n !== undefined;
        if (n !== undefined) each.names.push(NAMES[n] ?? '');
      }
    }
    return processes.map(({ names }) => names);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

Tinytest.add('shared run - each test is run by one process, in the order of registration', (test) => {
  test.equal(share(2), [
    ['faults (feed) - one', 'channel (feed) - two', 'peers - three'],
    ['peers - one', 'peers - two'],
  ]);
  test.equal(share(1), [NAMES]);
});

Tinytest.add('shared run - a process runs all tests of a topology, as they share nodes', (test) => {
  for (const count of [2, 3, 4]) {
    const owners = share(count).filter((names) => names.some((name) => name.includes('(feed)')));
    test.equal(owners.length, 1);
  }
});

Tinytest.add('shared run - a process alone runs all tests in their order', (test) => {
  const next = inOrder();
  const order = [next(NAMES), next(NAMES), next(NAMES), next(NAMES), next(NAMES), next(NAMES)];
  test.equal(order, [0, 1, 2, 3, 4, undefined]);
});
