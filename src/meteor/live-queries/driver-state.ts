/**
 * Follows the state of one oplog observe driver: its phase, and the documents it holds.
 *
 * Called by `live-queries.ts` when a fed live query is open. The driver keeps both in private fields (`_phase`,
 * `_published`, `_unpublishedBuffer`); they are followed by wrapping, so that nothing has to be searched on each change.
 */

import { EJSON } from 'meteor/ejson';
import type { IdString } from '../../base/values';
import type { DriverDocuments, ObserveDriver } from '../connection';
import type { DriverState, StoredDocument } from '../feed-contract';
import { parseId, stringifyId } from '../ids';

// biome-ignore lint/complexity/noBannedTypes: a method of unknown signature, passed through untouched
type Method = Function;

/**
 * Starts following. Reports what the driver holds by now, and then every difference.
 *
 * @returns whether this version's driver can be followed. If not, nothing is reported
 */
export function followDriver(driver: ObserveDriver, state: DriverState): boolean {
  const { _published: published, _unpublishedBuffer: buffer, _phase: phase } = driver;
  if (!isDocuments(published) || (buffer && !isDocuments(buffer)) || typeof phase !== 'string') return false;
  const containers = buffer ? [published, buffer] : [published];
  for (const container of containers) {
    for (const id of idsIn(container)) state.onHold(stringifyId(id));
    followContainer(container, containers, state);
  }
  followDifferences(driver, state);
  followPhase(driver, state);
  followStop(driver, containers, state);
  return true;
}

/**
 * Returns whether what a driver holds of a document differs from how it is stored.
 *
 * @param document `undefined`: it does not exist
 * @returns also for a document that matches a live query with a limit, and is outside its window; `undefined`: unknown
 */
export function differs(
  driver: ObserveDriver,
  id: IdString,
  document: StoredDocument | undefined,
): boolean | undefined {
  const { _published: published, _unpublishedBuffer: buffer, _matcher: matcher } = driver;
  if (!isDocuments(published) || typeof matcher?.documentMatches !== 'function') return undefined;
  const key = parseId(id);
  const holder = [published, buffer].find((each) => each?.has(key));
  const matches = document !== undefined && Boolean(matcher.documentMatches(document).result);
  if (!holder || !matches) return matches !== (holder !== undefined);
  const kept = holder.get?.(key);
  const stored = driver._sharedProjectionFn?.(document);
  return kept && stored ? !EJSON.equals(kept as never, stored as never) : undefined;
}

/** See `FedDriver`. */
export function holdsSome(
  { _published: published, _unpublishedBuffer: buffer }: ObserveDriver,
  test: (document: StoredDocument) => boolean,
): boolean {
  let isFound = false;
  for (const container of [published, buffer]) {
    container?.forEach((document, id) => {
      // The callback cannot end the loop without a private convention of the container.
      if (!isFound) isFound = test(Object.assign({}, document, { _id: id }));
    });
  }
  return isFound;
}

function followContainer(
  container: DriverDocuments,
  containers: readonly DriverDocuments[],
  state: DriverState,
): void {
  const releaseUnlessHeld = (id: unknown) => {
    // A document moves between the published ones and the buffer.
    if (!containers.some((each) => each.has(id))) state.onRelease(stringifyId(id));
  };
  wrap(container, 'set', ([id]) => state.onHold(stringifyId(id)));
  for (const name of ['remove', 'delete']) wrap(container, name, ([id]) => releaseUnlessHeld(id));
  const { clear } = container;
  if (!clear) return;
  container.clear = () => {
    const ids = idsIn(container);
    clear.call(container);
    ids.forEach(releaseUnlessHeld);
  };
}

/** A driver passes its multiplexer only what differs from what it has shown; while it is QUERYING, its query has found that. */
function followDifferences(driver: ObserveDriver, state: DriverState): void {
  const { _multiplexer: multiplexer } = driver;
  if (!multiplexer) return;
  for (const name of ['added', 'changed', 'removed']) {
    wrap(multiplexer, name, ([id]) => {
      if (driver._phase === 'QUERYING') state.onDifference(stringifyId(id));
    });
  }
}

function followPhase(driver: ObserveDriver, state: DriverState): void {
  let phase: unknown = driver._phase;
  const report = () => {
    if (phase === 'STEADY') state.onPhase(true, lastHeld(driver));
    else state.onPhase(false);
  };
  report();
  Object.defineProperty(driver, '_phase', {
    configurable: true,
    enumerable: true,
    get: () => phase,
    set(next: unknown) {
      phase = next;
      report();
    },
  });
}

/**
 * Returns the last document of the buffer, by the sort.
 *
 * @returns `undefined`: documents behind it may enter the buffer, as the driver may hold all that match
 */
function lastHeld({
  _unpublishedBuffer: buffer,
  _safeAppendToBuffer,
}: ObserveDriver): StoredDocument | undefined {
  if (_safeAppendToBuffer !== false || !buffer?.maxElementId || !buffer.get) return undefined;
  const id = buffer.maxElementId();
  const last = id === null || id === undefined ? undefined : buffer.get(id);
  return last && { ...last };
}

/** The driver drops its containers when it stops. */
function followStop(driver: ObserveDriver, containers: readonly DriverDocuments[], state: DriverState): void {
  const { stop } = driver;
  driver.stop = (...args) => {
    for (const id of containers.flatMap(idsIn)) state.onRelease(stringifyId(id));
    return stop?.apply(driver, args);
  };
}

function idsIn(container: DriverDocuments): unknown[] {
  const ids: unknown[] = [];
  container.forEach((_document, id) => {
    ids.push(id);
  });
  return ids;
}

function wrap(target: object, name: string, after: (args: readonly unknown[]) => void): void {
  const method: unknown = Reflect.get(target, name);
  if (typeof method !== 'function') return;
  Reflect.set(target, name, (...args: unknown[]) => {
    const result: unknown = (method as Method).apply(target, args);
    after(args);
    return result;
  });
}

function isDocuments(value: unknown): value is DriverDocuments {
  return (
    typeof value === 'object' && value !== null && 'has' in value && 'forEach' in value && 'set' in value
  );
}
