/** What a driver listens to: one document, every document, or notifications about the whole collection only. */

import type { IdString } from '../../base/id-string';

export const ANY: unique symbol = Symbol('any document');
export const DROP: unique symbol = Symbol('drop');

export type ListenerKey = IdString | typeof ANY | typeof DROP;
