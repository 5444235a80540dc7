/**
 * Finds documents in memory, as a database that agrees with the matcher and the sorter of Meteor's observe drivers.
 *
 * Owned by the simulated database of documents.
 */

import { _compileProjection } from 'mongodb-livedata-server/dist/meteor/mongo/minimongo_common';
import { MinimongoMatcher } from 'mongodb-livedata-server/dist/meteor/mongo/minimongo_matcher';
import sorterModule from 'mongodb-livedata-server/dist/meteor/mongo/minimongo_sorter';
import { idsOfSelector, stringifyId } from '../src/meteor/ids';
import type { Fields } from './grammar/values';
import type { Documents } from './memory-database';

/** The library is CommonJS: its default export is a property of what Node.js imports. */
const { default: Sorter } = sorterModule as unknown as { default: typeof sorterModule };

export interface QueryOptions {
  readonly sort?: unknown;
  readonly limit?: number | undefined;
  readonly projection?: object | undefined;
}

export class FoundDocuments {
  /** Live queries ask with the same selector again and again. */
  readonly #matchers = new WeakMap<object, MinimongoMatcher>();

  find(documents: Documents, selector: object, { sort, limit, projection }: QueryOptions): Fields[] {
    const matcher = this.matcherOf(selector);
    const found = candidates(documents, selector).filter((document) => matches(matcher, document));
    if (sort && limit) found.sort(new Sorter(sort).getComparator());
    const window = limit ? found.slice(0, limit) : found;
    const project = _compileProjection(projection ?? {});
    return window.map((document): Fields => project(document));
  }

  private matcherOf(selector: object): MinimongoMatcher {
    const matcher = this.#matchers.get(selector) ?? new MinimongoMatcher(selector);
    this.#matchers.set(selector, matcher);
    return matcher;
  }
}

/** Returns the documents of the ids that a selector names, or all. */
function candidates(documents: Documents, selector: object): Fields[] {
  const ids = idsOfSelector(selector);
  if (ids === 'all') return [...documents.values()];
  const named = new Set(ids.map(stringifyId));
  return [...documents].filter(([id]) => named.has(id)).map(([, document]) => document);
}

/** Meteor's matcher compares no decimals with numbers. */
function matches(matcher: MinimongoMatcher, document: Fields): boolean {
  try {
    return Boolean(matcher.documentMatches(document).result);
  } catch {
    return false;
  }
}
