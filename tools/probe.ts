/**
 * Whether a Redis or a database answers, and which version it is.
 *
 * Called by services.ts, once for each service. Opens a connection and closes it again; changes nothing. No error from
 * here shows a password, or has one in its properties.
 */

import { MongoClient } from 'mongodb';
import { createClient } from 'redis';
import { describeAddress, parseRedisUrl } from '../src/config/address';

/** How long a server that is said to run may take to answer, ms. */
const DEADLINE = 10_000;

/** What answered, and where, as it may stand in a log. */
export interface Answer {
  readonly version: string;
  readonly address: string;
}

/**
 * @param source the variable or program the URL came from, for the error
 * @throws Error naming `source`, if no Redis answers a PING in time
 */
export async function probeRedis(url: string, source: string): Promise<Answer> {
  const parsed = parseRedisUrl(url, source);
  const { host, port, tls, username, password, db } = parsed;
  const address = describeAddress(parsed);
  const client = createClient({
    username,
    password,
    database: db,
    socket: { host, port, ...(tls ? { tls } : {}), connectTimeout: DEADLINE, reconnectStrategy: false },
  });
  // Errors reach the caller through the promises below; without a listener they would end the process as well.
  client.on('error', () => {});
  try {
    const version = await within(DEADLINE, async () => {
      await client.connect();
      await client.ping();
      // A user that may only publish and subscribe is refused INFO: its Redis is good enough.
      const info = await client.info('server').catch(() => '');
      return /^redis_version:(\S+)/m.exec(info)?.[1] ?? '';
    });
    return { version, address };
  } catch (error) {
    throw new Error(`${source}: no Redis answers at ${address}: ${reason(error, password)}`);
  } finally {
    client.destroy();
  }
}

/**
 * @param source the variable or program the URL came from, for the error
 * @throws Error naming `source`, if no server that speaks MongoDB's protocol answers in time
 */
export async function probeDatabase(url: string, source: string): Promise<Answer> {
  const address = redactMongoUrl(url);
  const password = /:\/\/[^:]*:(.*)@/s.exec(url)?.[1];
  let client: MongoClient | undefined;
  try {
    client = new MongoClient(url, { serverSelectionTimeoutMS: DEADLINE, connectTimeoutMS: DEADLINE });
    // The driver's own deadline covers finding a server, not one that accepts and then says nothing.
    const connected = client;
    const version = await within(DEADLINE + 1000, async () => {
      await connected.db().command({ ping: 1 });
      const info = await connected
        .db('admin')
        .command({ buildInfo: 1 })
        .catch(() => undefined);
      return typeof info?.version === 'string' ? info.version : '';
    });
    return { version, address };
  } catch (error) {
    throw new Error(`${source}: no database answers at ${address}: ${reason(error, password)}`);
  } finally {
    await client?.close(true).catch(() => {});
  }
}

/**
 * A MongoDB URL without user, password and options, for a log. It need not be a valid one: everything up to the last
 * "@" goes, because people forget to encode that character in passwords.
 */
function redactMongoUrl(url: string): string {
  const [, scheme = '', rest = ''] = /^(mongodb(?:\+srv)?:\/\/)?(.*)$/s.exec(url) ?? [];
  const shown = rest.replace(/^.*@/s, '***@').replace(/\?.*$/s, '');
  // Without a known scheme it could be anything, a password alone included.
  return scheme === '' ? '(not a mongodb:// URL)' : `${scheme}${shown}`;
}

/** An error's message in which the password is not left, neither as it stands in a URL nor decoded. */
function reason(error: unknown, password: string | undefined): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return password ? text.replaceAll(password, '***').replaceAll(decoded(password), '***') : text;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What `work` answers, or an error after `milliseconds`. */
async function within<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
