/** Stands in for `meteor/ddp-server` as far as Cluster uses it. */

import { _InvalidationCrossbar } from 'mongodb-livedata-server/dist/meteor/ddp/crossbar';
import { getCurrentFence } from './meteor';

export const DDPServer = { _InvalidationCrossbar, _getCurrentFence: getCurrentFence };
