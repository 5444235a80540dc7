/**
 * Checks that a Redis or a database answers, and finds out its version.
 *
 * Called by services.ts for the URLs of the environment. Opens a connection and closes it again; changes nothing. No error from
 * here contains a password, in its message or its properties.
 */

import { MongoClient } from 'mongodb';
import { withDeadline } from './deadline';
import { redisClient } from './redis-client';

const TIMEOUT_MS = 10_000;

export interface Answer {
  /** Empty when the server does not reveal it. */
  readonly version: string;
  /** Without user, password and options. */
  readonly address: string;
}

/**
 * Probes a Redis.
 *
 * @param source the variable that the URL comes from, for the error
 * @throws Error naming `source` when no Redis answers in time
 */
export async function probeRedis(url: string, source: string): Promise<Answer> {
  const { client, address, password } = redisClient(url, TIMEOUT_MS);
  try {
    const version = await withDeadline(TIMEOUT_MS, 'an answer', async () => {
      await client.connect();
      await client.ping();
      // A user with no other permission than to publish and subscribe is refused INFO. That is enough for Cluster.
      const info = await client.info('server').catch(() => '');
      return /^redis_version:(\S+)/m.exec(info)?.[1] ?? '';
    });
    return { version, address };
  } catch (error) {
    throw new Error(`${source}: no Redis answers at ${address}: ${redactedMessage(error, password)}`);
  } finally {
    client.destroy();
  }
}

/**
 * Probes a server that speaks MongoDB's protocol.
 *
 * @param source the variable that the URL comes from, for the error
 * @throws Error naming `source` when no database answers in time
 */
export async function probeDatabase(url: string, source: string): Promise<Answer> {
  const address = redactMongoUrl(url);
  let client: MongoClient | undefined;
  try {
    const connected = new MongoClient(url, { serverSelectionTimeoutMS: TIMEOUT_MS });
    client = connected;
    // The driver's own timeout covers finding a server, not one that accepts connections without answering.
    const version = await withDeadline(TIMEOUT_MS + 1000, 'an answer', async () => {
      await connected.db().command({ ping: 1 });
      const admin = connected.db('admin');
      const info = await admin.command({ buildInfo: 1 }).catch(() => undefined);
      return String(info?.version ?? '');
    });
    return { version, address };
  } catch (error) {
    const password = /:\/\/[^:]*:(.*)@/s.exec(url)?.[1];
    throw new Error(`${source}: no database answers at ${address}: ${redactedMessage(error, password)}`);
  } finally {
    await client?.close(true).catch(() => {});
  }
}

/**
 * Returns a MongoDB URL for a log. It need not be a valid one: everything up to the last "@" is removed, because that
 * character is often left unencoded in passwords.
 */
function redactMongoUrl(url: string): string {
  const [, scheme, rest = ''] = /^(mongodb(?:\+srv)?:\/\/)(.*)$/s.exec(url) ?? [];
  // Without a known scheme the text may be anything, even a password alone.
  if (scheme === undefined) return '(not a mongodb:// URL)';
  return scheme + rest.replace(/^.*@/s, '***@').replace(/\?.*$/s, '');
}

/** Returns an error's message without the password, neither percent-encoded nor decoded. */
function redactedMessage(error: unknown, password: string | undefined): string {
  const { message, name } = error as Error;
  const text = message || name;
  if (!password) return text;
  return text.replaceAll(password, '***').replaceAll(decoded(password), '***');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
