/**
 * Decides who may read the metrics over HTTP.
 *
 * Called by `endpoints.ts` for each request. Fails closed: a request that may come from elsewhere is of another host. No Meteor
 * or Redis imports.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../config/address';
import type { MetricsAccess } from '../config/endpoints';

/** The part of a request that decides. */
export interface Requester {
  readonly headers: IncomingMessage['headers'];
  /** `remoteAddress`: `undefined` for a Unix socket, which only a proxy uses. */
  readonly socket: Pick<IncomingMessage['socket'], 'remoteAddress'>;
}

/** @returns why a request is refused, as its status; `undefined`: it is not */
export function refusalOf(request: Requester, access: MetricsAccess): 401 | 403 | undefined {
  if (access.kind === 'any host') return undefined;
  if (access.kind === 'token') return hasToken(request, access.token) ? undefined : 401;
  return isOfThisHost(request) ? undefined : 403;
}

/**
 * Headers by which a proxy says that it has passed a request on: RFC 7239, RFC 9110, and what nginx, HAProxy and others add. A
 * request with one of them has the address of the proxy, and comes from anywhere.
 */
const PASSED_ON = /^(forwarded|via|x-forwarded(-.*)?|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip)$/;

function isOfThisHost({ headers, socket }: Requester): boolean {
  // Of a socket that takes IPv6 too, an IPv4 address has this prefix.
  const host = socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  return isLoopback({ host }) && !Object.keys(headers).some((name) => PASSED_ON.test(name));
}

/** Compares hashes, which have equal lengths, in constant time: the time of an answer shows nothing of the token. */
function hasToken({ headers }: Requester, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(hashOf(given), hashOf(token));
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
