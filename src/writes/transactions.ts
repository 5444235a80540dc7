/**
 * The writes of transactions: they are reported when the transaction commits, and never when it aborts.
 *
 * Called by the two watchers of writes. A transaction is the driver's object of that name, which a session replaces when it
 * starts the next one. So an aborted transaction needs no care: nothing refers to its writes any more. No Meteor or Redis imports.
 */

import { property } from '../base/values';
import type { WrittenIds } from './mutations';
import type { WriteOutcome } from './write-outcome';
import type { WriteInProgress, WriteKnowledge } from './write-watcher';

/** Begins to report a write. One function for each collection. */
export type BeginWrite = () => WriteInProgress;

/** A write whose transaction is open. Until it has ended, anything may have been written. */
interface HeldWrite {
  outcome: WriteOutcome;
  ids: WrittenIds;
  knowledge?: WriteKnowledge | undefined;
}

/** With more writes to a collection, the commit reports the whole collection. As many ids fit into a message (`MAX_IDS`). */
const MAX_HELD_WRITES = 1000;

export class OpenTransaction {
  readonly #writes = new Map<BeginWrite, HeldWrite[]>();

  /** Returns a write that is reported at the commit. */
  hold(begin: BeginWrite): WriteInProgress {
    const held: HeldWrite = { outcome: 'indeterminate', ids: 'all' };
    const writes = this.#writes.get(begin) ?? [];
    // The last one stays at `'all'`, as nothing ends it.
    if (writes.length === MAX_HELD_WRITES) writes.splice(0, MAX_HELD_WRITES, { ...held });
    writes.push(held);
    this.#writes.set(begin, writes);
    return { end: (outcome, ids, knowledge) => void Object.assign(held, { outcome, ids, knowledge }) };
  }

  /**
   * Called when the driver is about to commit.
   *
   * @returns reports the writes, with the outcome of the commit
   */
  beginCommit(): (outcome: WriteOutcome) => void {
    const reports = [...this.#writes].flatMap(([begin, writes]) =>
      writes
        .filter(({ outcome }) => outcome !== 'unchanged')
        .map(({ ids, knowledge }) => ({ write: begin(), ids, knowledge })),
    );
    return (outcome) => {
      for (const { write, ids, knowledge } of reports) write.end(outcome, ids, knowledge);
    };
  }
}

export class Transactions {
  readonly #open = new WeakMap<object, OpenTransaction>();

  /** Returns the transaction that a session has begun last; `undefined` when it has begun none. */
  of(session: unknown): OpenTransaction | undefined {
    const key = transactionOf(session);
    if (!key) return undefined;
    const transaction = this.#open.get(key) ?? new OpenTransaction();
    this.#open.set(key, transaction);
    return transaction;
  }

  /** Called when the transaction of a session has been committed. */
  forget(session: unknown): void {
    const key = transactionOf(session);
    if (key) this.#open.delete(key);
  }
}

/** Returns the driver's object, which a session replaces with each transaction. */
function transactionOf(session: unknown): object | undefined {
  const transaction = property(session, 'transaction');
  return typeof transaction === 'object' && transaction !== null ? transaction : undefined;
}
