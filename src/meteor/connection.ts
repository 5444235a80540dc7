/** Meteor's `MongoConnection` and what belongs to it, for all that use them. `private.d.ts` declares them. */

import type { FindOptions } from 'meteor/mongo';

export type {
  CheckResult,
  CursorDescription,
  DriverDocuments,
  FindOptions,
  MeteorConnection,
  Multiplexer,
  ObserveDriver,
  ReactivityCheck,
} from 'meteor/mongo';

/** Reads that a change leads to must not come from a replica that lags behind. */
export const PRIMARY: FindOptions = { readPreference: 'primary' };
