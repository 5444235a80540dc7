/** Warns where anybody may be able to publish. Called by `cluster.ts` in `init()`. */

import { isOpenToStrangers, type Options } from '../config/options';
import type { Log } from '../observability/log';

export function warnIfOpenToStrangers(options: Options, log: Log): void {
  if (!isOpenToStrangers(options)) return;
  log.warn(
    'open',
    'Redis is on another host and has no password: anybody who reaches it can make this node query the ' +
      'database. Set a password, or CLUSTER_SECRET',
  );
}
