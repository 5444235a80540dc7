/**
 * Which test a process runs next, alone or beside others that run the same tests. Called by `test-run.ts`.
 *
 * Processes that share a run claim groups of tests, in the order of their registration. The groups that take longest are
 * registered first, so that all processes end at about the same time.
 */

import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

type Next = (names: readonly string[]) => number | undefined;

export function inOrder(): Next {
  let n = -1;
  return ({ length }) => {
    n += 1;
    return n < length ? n : undefined;
  };
}

/** Returns the tests of the groups that this process claims first. @param folder a folder that all processes share */
export function claiming(folder: string): Next {
  const isOwn = new Map<string, boolean>();
  const following = inOrder();
  return (names) => {
    for (let n = following(names); n !== undefined; n = following(names)) {
      const group = groupOf(names[n] ?? '');
      const isClaimed = isOwn.get(group) ?? claim(join(folder, nameOfFolder(group)));
      isOwn.set(group, isClaimed);
      if (isClaimed) return n;
    }
    return undefined;
  };
}

/**
 * Tests share what a word in brackets names, nodes of one topology in `faults (feed) - …`, or a browser. One process runs
 * them all, so that it is started once. Each other test is a group of its own.
 */
function groupOf(name: string): string {
  const [title = ''] = name.split(' - ');
  return /\(\w+\)$/.exec(title)?.[0] ?? name;
}

/** Returns whether no other process has claimed it. Only one process can make a folder. */
function claim(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Names of tests are longer than those of folders may be. */
function nameOfFolder(group: string): string {
  return createHash('sha256').update(group).digest('hex');
}
