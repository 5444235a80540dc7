/**
 * Stands in for `meteor/ddp-server`: the invalidation crossbar and the current write fence.
 *
 * Called by Cluster's `src/meteor/`. Touches nothing.
 */

import { _InvalidationCrossbar } from 'mongodb-livedata-server/dist/meteor/ddp/crossbar';
import { getCurrentFence } from './meteor';

export const DDPServer = { _InvalidationCrossbar, _getCurrentFence: getCurrentFence };
