/**
 * Rules of the feed, each broken by a replacement in the source. `npm run simulate -- --scenario feed` has to find every one.
 *
 * Used by `break-rules.ts`, and by the tests for the rules that are found soonest. Few rules of the feed are here yet: those of
 * hints and of the index are in `broken-rules.ts`. Two rules of `reader.ts` are not, as the simulation did not find them in 11
 * minutes. Without `isInFlight`, the tests `feed order` and `interleavings` fail. Without the wait for older reads, `feed - a
 * driver has caught up` fails.
 */

import type { SessionRule } from './broken-session-rules';

const FEED = ['--scenario', 'feed'];

export const FEED_RULES: readonly SessionRule[] = [
  {
    name: 'a change with a hint is always skipped',
    file: 'strategies/feed/skips.ts',
    from: 'if (this.#index.mayConcern(id, hint) ||',
    to: 'if ((!hint && this.#index.mayConcern(id, hint)) ||',
    options: FEED,
    isQuick: true,
  },
  {
    name: 'a document that is held is skipped',
    file: 'matching/query-index.ts',
    from: 'return this.#holders.has(id) || this.mayMatch(hint);',
    to: 'return this.mayMatch(hint);',
    options: FEED,
  },
  {
    name: 'reads of one document overlap',
    file: 'strategies/feed/reader.ts',
    from: 'this.#waiting.next(room, (id) => !this.#inFlight.has(id))',
    to: 'this.#waiting.next(room, () => true)',
    options: FEED,
  },
];
