/** One write through the write watcher, by a method whose result or error the test decides. */

import type { WrittenIds } from '../../src/writes/mutations';
import type { WriteOutcome } from '../../src/writes/write-outcome';
import {
  type FindIds,
  type WatchOptions,
  type WritableCollection,
  watchWrites,
} from '../../src/writes/write-watcher';
import { plain } from './plain';

export type AsyncMethod = (...args: unknown[]) => Promise<unknown>;

/** How the method ends. */
export type Ending = { readonly result: unknown } | { readonly error: unknown };

/** The report of the write watcher at the end of a write. */
export interface Report {
  readonly outcome: WriteOutcome;
  readonly ids: WrittenIds;
  /** With entries in place of maps. */
  readonly fields?: unknown;
  /** The fields of the selector by which the ids were looked up. */
  readonly selected?: readonly string[];
}

export interface WatchedWriteOptions {
  /** @default true */
  readonly isInnermost?: boolean;
  readonly isAcknowledged?: boolean;
  readonly findIds?: FindIds;
}

/** As Meteor's, for the selectors used in these tests. */
export function idsOf(selector: unknown): WrittenIds {
  const { _id } = selector as { _id?: { $in?: unknown[] } };
  return _id === undefined ? 'all' : (_id.$in ?? [_id]);
}

/**
 * Calls a method that is watched, and waits for the report.
 *
 * @throws Error when there is not exactly one report
 */
export async function reportOf(
  method: string,
  args: readonly unknown[],
  ending: Ending,
  { isInnermost = true, isAcknowledged = true, findIds }: WatchedWriteOptions = {},
): Promise<Report> {
  const reports: Report[] = [];
  const options: WatchOptions = {
    idsOf,
    isInnermost,
    isAcknowledged,
    begin: () => ({
      findIds,
      end(outcome, ids, { fields, selected } = {}) {
        reports.push({
          outcome,
          ids,
          ...(fields && { fields: plain(fields) }),
          ...(selected && { selected }),
        });
      },
    }),
  };
  const collection: WritableCollection = {
    [method]: () => ('error' in ending ? Promise.reject(ending.error) : Promise.resolve(ending.result)),
  };
  watchWrites(collection, options);
  await (collection[method] as AsyncMethod)(...args).catch(() => {});
  await new Promise(setImmediate);
  const [report] = reports;
  if (!report || reports.length > 1) throw new Error(`${reports.length} reports of ${method}`);
  return report;
}

/** Returns an error of a class of the driver. */
export function failure(name: string, properties: object = {}): Error {
  return Object.assign(new Error(name), { name, ...properties });
}
