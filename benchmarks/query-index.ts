/**
 * `npx tsx --expose-gc benchmarks/query-index.ts`: the cost of the index of live queries, by the form of their selectors.
 *
 * For each form and number of live queries it prints CPU per document, per document that concerns none, and per hint, in µs.
 * Beside these are the bytes of heap per live query, and the CPU of opening and closing all of them, in ms.
 */

import { markdownTable } from 'markdown-table';
import { createHasher, type Hint, hintOf } from '../src/matching/hint';
import type { QueryShape } from '../src/matching/query-entry';
import { QueryIndex } from '../src/matching/query-index';
import { fieldsOfInsert } from '../src/writes/written-fields';

const COUNTS = [20, 2000, 10_000];
/** Of each measurement; the best of `ROUNDS` counts, as other processes only add to it. */
const CALLS = 20_000;
const ROUNDS = 5;

const hash = createHasher('a key');
type Live = QueryShape & { readonly last?: object };

function live(selector: object, more: Partial<Live> = {}): Live {
  return { selector, sort: undefined, hasLimit: false, collation: undefined, ...more };
}

const FORMS: Readonly<Record<string, (n: number) => Live>> = {
  equality: (n) => live({ room: `room-${n}` }),
  '`$in` of 5': (n) => live({ room: { $in: [0, 1, 2, 3, 4].map((k) => `room-${n}-${k}`) } }),
  range: (n) => live({ price: { $gte: n * 10, $lt: n * 10 + 10 } }),
  '`$or` of 2': (n) => live({ $or: [{ room: `room-${n}` }, { block: `block-${n}` }] }),
  'nested path': (n) => live({ 'meta.room': `room-${n}` }),
  '`$elemMatch`': (n) => live({ items: { $elemMatch: { sku: `sku-${n}`, n: { $gt: 1 } } } }),
  'field of its own': (n) => live({ [`seen_${n}`]: true }),
  'equality, limit': (n) => live({ room: `room-${n}` }, { sort: { at: -1 }, hasLimit: true }),
  'page by a cursor, limit': (n) =>
    live({ at: { $lt: n * 10 + 10 } }, { sort: { at: -1 }, hasLimit: true, last: { at: n * 10 } }),
};
const NAMES = Object.keys(FORMS);

function shapeOf(form: string, n: number): Live {
  const name = form === 'mix' ? NAMES[n % NAMES.length] : form;
  const shape = name === undefined ? undefined : FORMS[name];
  if (!shape) throw new Error(`${form} is no form`);
  return shape(n);
}

function documentOf(room: string, n: number): Record<string, unknown> {
  return { _id: 'id', room, block: room, price: n, meta: { room }, items: [{ sku: room, n: 3 }], at: n };
}

const CONCERNING = documentOf('room-7', 75);
const OTHER = documentOf('none', -1);
const fields = fieldsOfInsert(OTHER);
const HINT: Hint | undefined = fields && hintOf(fields, hash);

function cpuMs(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** Returns the CPU of one call, in µs. */
function perCall(call: () => unknown): string {
  const times = Array.from({ length: ROUNDS }, () =>
    cpuMs(() => {
      for (let n = 0; n < CALLS; n += 1) call();
    }),
  );
  return ((Math.min(...times) / CALLS) * 1000).toFixed(2);
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function rowOf(form: string, count: number): string[] {
  const queries = Array.from({ length: count }, (_, n) => shapeOf(form, n));
  const before = heapUsed();
  const index = new QueryIndex<Live>(hash);
  const opening = cpuMs(() => {
    for (const query of queries) {
      index.add(query, query);
      index.settle(query, query.last);
    }
  });
  const bytes = (heapUsed() - before) / count;
  // The first hints hash the keys.
  for (let n = 0; n < COUNTS.length * 10; n += 1) index.mayMatch(HINT);
  const costs = [
    perCall(() => index.concerned('id', CONCERNING)),
    perCall(() => index.concerned('id', OTHER)),
    perCall(() => index.mayMatch(HINT)),
  ];
  const closing = cpuMs(() => {
    for (const query of queries) index.remove(query);
  });
  const memory = count < 1000 ? '' : String(Math.round(bytes));
  return [form, String(count), ...costs, memory, opening.toFixed(0), closing.toFixed(0)];
}

const HEAD = ['live queries', 'number', 'document', 'of none', 'hint', 'bytes', 'open', 'close'];
const rows = [...NAMES, 'mix'].flatMap((form) => COUNTS.map((count) => rowOf(form, count)));
console.log(markdownTable([HEAD, ...rows]));
