/**
 * Redis' errors, explained for an operator.
 *
 * Called by the channel and the publisher. Shows nothing that could be a secret.
 */

import { reasonOf } from '../observability/log';

/** Returns the reason of an error and, where known, what to do about it. */
export function explain(error: unknown, channel: string): string {
  const reason = reasonOf(error);
  return `${reason}${advice(reason, channel)}`;
}

/** Returns whether Redis forbids this user the command: a new connection would get the same answer. */
export function isForbidden(reason: string): boolean {
  return reason.startsWith('NOPERM');
}

function advice(reason: string, channel: string): string {
  if (/^(WRONGPASS|NOAUTH)|without any password|invalid password/.test(reason)) {
    return ': check the user name and the password in CLUSTER_URL or in the options of init()';
  }
  if (isForbidden(reason)) {
    return `: the ACL user needs "resetchannels &${channel} +publish +subscribe +ping" and no keys`;
  }
  return '';
}
