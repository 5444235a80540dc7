/** Stands in for `meteor/minimongo` as far as Cluster uses it. String ids only. */

import { _idsMatchedBySelector } from 'mongodb-livedata-server/dist/meteor/mongo/observe_driver_utils';

export const LocalCollection = { _idsMatchedBySelector };
