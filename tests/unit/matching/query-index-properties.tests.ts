/**
 * The theorem that skipping rests on. Where the hint of a change, or the document read, leaves out a live query, its result
 * is the same before and after the write.
 *
 * `CLUSTER_TEST_RUNS=1000000` tries as many cases; `CLUSTER_TEST_SEED` runs a seed again. Writes are executed by minimongo and
 * mingo here, and by the database in `integration/skips.tests.ts`. Stand-in only, as fast-check and mingo are no
 * dependencies of the package.
 */

import fc from 'fast-check';
import { Tinytest } from 'meteor/tinytest';
import { type History, history } from '../../../simulation/grammar/histories';
import { type Documents, execute, innerArguments, NO_DOCUMENTS } from '../../../simulation/memory-database';
import { newSeed } from '../../../tools/random';
import { Batch, changeOf, checkSkips, counts, judgedQueries } from '../../support/skip-check';

const seed = newSeed();
/**
 * Of the changes. Far below what seeds differ by. With 30 seeds of 1,200 histories, 19 to 23 % were unread, 50 to 56 %
 * undispatched and 60 to 66 % dispatched; 2.3 to 3.9 % were scoped.
 */
const LEAST_SHARES = { unread: 0.05, undispatched: 0.05, dispatched: 0.05, scoped: 0.007 };
type Counted = keyof typeof LEAST_SHARES;
const numRuns = Number(process.env.CLUSTER_TEST_RUNS) || 1200;

/** Executes the writes of a history, and checks what is published. */
function replay(run: History): void {
  const queries = judgedQueries(run);
  let documents: Documents = NO_DOCUMENTS;
  for (const document of run.documents) {
    documents = execute(documents, 'insertAsync', [document])?.after ?? documents;
  }
  const batch = new Batch();
  let published = documents;
  for (const [n, { write, isByOther, isPublished }] of run.steps.entries()) {
    const args = innerArguments(write);
    const executed = execute(documents, write.method, args);
    if (executed) {
      const { result, after } = executed;
      batch.add(changeOf(write.method, args, result, { before: documents, after }), isByOther);
      documents = after;
    }
    if (!isPublished && n < run.steps.length - 1) continue;
    checkSkips(queries, published, documents, batch.takeAll());
    published = documents;
  }
}

Tinytest.add('query index - a live query that a change leaves out has the same result afterwards', () => {
  fc.assert(fc.property(history, replay), { seed, numRuns, includeErrorInReport: true });
  // A check that leaves nothing out, or everything, would prove nothing.
  if (process.env.CLUSTER_TEST_RUNS) console.log(counts);
  const rare = Object.entries(LEAST_SHARES).filter(
    ([name, share]) => counts[name as Counted] < share * counts.changes,
  );
  if (rare.length > 0)
    throw new Error(`too few count for ${JSON.stringify(rare)}: ${JSON.stringify(counts)}`);
});
