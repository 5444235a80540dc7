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

/**
 * Returns what to do where one side speaks TLS and the other does not. Redis takes a TLS handshake for the start of a command,
 * and waits for its end; a server with TLS ends the connection.
 */
export function adviceOnTls(error: unknown, tls: boolean): string {
  const reason = reasonOf(error);
  if (tls && /Connection timeout|wrong version number|packet length too long/.test(reason)) {
    return ': does this port expect TLS? Without TLS the address starts with redis://';
  }
  if (!tls && /ECONNRESET|Socket closed unexpectedly/.test(reason)) {
    return ': does this port expect TLS? With TLS the address starts with rediss://';
  }
  return '';
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
