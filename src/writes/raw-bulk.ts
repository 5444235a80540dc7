/**
 * The operations of a bulk: of `insertMany`, `bulkWrite` and the ordered and unordered builders, which all end in the builder's
 * `execute`.
 *
 * Called by `driver-watcher.ts`. No Meteor or Redis imports.
 */

import { property } from '../base/values';
import {
  ANYTHING,
  type RawMutation,
  type RawOperation,
  readInsert,
  readRemove,
  readUpdate,
} from './raw-mutations';

/** With more operations, any document may have been written: a message lists as many ids (`MAX_IDS`). */
const MAX_OPERATIONS = 1000;

/** By the driver's `BatchType`, as it writes the operations of each. */
const READERS: Readonly<Record<number, (operation: unknown) => RawOperation>> = {
  1: readInsert,
  2: (operation) => readUpdate(property(operation, 'q'), property(operation, 'u'), operation),
  3: (operation) => readRemove(property(operation, 'q'), operation),
};

/** Returns the mutation of a builder. Counts of 0 are no evidence that nothing was written: an upsert counts apart. */
export function bulkMutation(builder: unknown): RawMutation {
  return { optionsAt: 0, isSingle: false, read: () => readBatches(property(builder, 'batches')) };
}

function readBatches(batches: unknown): readonly RawOperation[] {
  // When a builder is executed, it lists its last batch twice.
  const groups = Array.isArray(batches) ? [...new Set<unknown>(batches)].map(operationsOf) : [];
  const count = groups.reduce((sum, { operations }) => sum + operations.length, 0);
  if (count > MAX_OPERATIONS) return [ANYTHING];
  const read = groups.flatMap((group) => group.operations.map(group.read));
  return read.some(({ ids }) => ids === 'all') ? [ANYTHING] : read;
}

interface Batch {
  readonly operations: readonly unknown[];
  read(operation: unknown): RawOperation;
}

function operationsOf(batch: unknown): Batch {
  const operations: unknown = property(batch, 'operations');
  const type = property(batch, 'batchType');
  const read = typeof type === 'number' ? READERS[type] : undefined;
  return { operations: Array.isArray(operations) ? operations : [], read: read ?? (() => ANYTHING) };
}
