/** How `init`'s argument and the environment become one complete set of options. */

import { Tinytest } from 'meteor/tinytest';
import type { RedisAddress } from '../../../src/config/address';
import { type ClusterConfig, isOpenToStrangers, resolveOptions } from '../../../src/config/options';
import { configErrorOf, everythingShown } from '../../support/config-errors';

const address = (config: unknown, env = {}) => resolveOptions(config, env).redis as RedisAddress;
const LOCAL = {
  host: '127.0.0.1',
  port: 6379,
  tls: false,
  username: undefined,
  password: undefined,
  db: undefined,
};
const createClient = () => {
  throw new Error('not called');
};

Tinytest.add('options - by default Redis is on this machine', (test) => {
  test.equal(address(undefined), LOCAL);
  test.equal(address(null), LOCAL);
  test.equal(address({}), LOCAL);
  test.equal(address({ port: null, host: undefined, auth: null, password: null, db: null }), LOCAL);
});

Tinytest.add('options - durations end in their unit and have their defaults', (test) => {
  const { redis: _, ...others } = resolveOptions(undefined, {});
  test.equal(others, {
    sharded: false,
    namespace: undefined,
    strategy: 'auto',
    secrets: undefined,
    timeoutMs: 10_000,
    heartbeatIntervalMs: 2000,
    heartbeatTimeoutMs: 7000,
    resyncJitterMs: 500,
    pollingIntervalMs: 60_000,
    hints: true,
    rawWrites: true,
    audit: 0,
    leaveOnSignals: true,
    redisOplog: false,
    logger: undefined,
  });
});

Tinytest.add("options - the polling interval follows Meteor's, unless it is given", (test) => {
  const env = { METEOR_POLLING_INTERVAL_MS: '5000' };
  test.equal(resolveOptions(undefined, env).pollingIntervalMs, 30_000);
  test.equal(resolveOptions({ pollingInterval: 7000 }, env).pollingIntervalMs, 7000);
});

Tinytest.add(
  "options - where settings start Cluster and nobody announces writes, live queries poll at Meteor's interval",
  (test) => {
    const intervalOf = (config: ClusterConfig, env = {}) =>
      resolveOptions(config, env, 'settings').pollingIntervalMs;
    test.equal(intervalOf({}), 10_000);
    test.equal(intervalOf({ redisOplog: false }), 10_000);
    test.equal(intervalOf({}, { METEOR_POLLING_INTERVAL_MS: '5000' }), 5000);
    test.equal(intervalOf({}, { METEOR_POLLING_INTERVAL_MS: '10' }), 1000, 'not below the minimum');
    for (const redisOplog of [true, '', 'app.'])
      test.equal(intervalOf({ redisOplog }), 60_000, `${redisOplog}`);
    test.equal(intervalOf({ pollingInterval: 7000 }), 7000);
  },
);

Tinytest.add('options - every given value replaces its default', (test) => {
  const { redis: _, ...others } = resolveOptions(
    {
      namespace: 'n',
      strategy: 'update',
      secret: 's'.repeat(16),
      timeout: 0,
      heartbeatInterval: 100,
      heartbeatTimeout: 200,
      resyncJitter: 0,
      pollingInterval: 1000,
      hints: false,
      rawWrites: false,
      audit: 0.5,
      leaveOnSignals: false,
      redisOplog: 'app.',
      logger: console,
    },
    { CLUSTER_SECRET: 't'.repeat(16) },
  );
  test.equal(others, {
    sharded: false,
    namespace: 'n',
    strategy: 'update',
    secrets: ['s'.repeat(16)],
    timeoutMs: 0,
    heartbeatIntervalMs: 100,
    heartbeatTimeoutMs: 200,
    resyncJitterMs: 0,
    pollingIntervalMs: 1000,
    hints: false,
    rawWrites: false,
    audit: 0.5,
    leaveOnSignals: false,
    redisOplog: 'app.',
    logger: console,
  });
});

Tinytest.add('options - CLUSTER_URL is the address unless a part of one is given', (test) => {
  const env = { CLUSTER_URL: 'redis://redis:secret@example.org:6380/1' };
  const ofEnv = { ...LOCAL, host: 'example.org', port: 6380, password: 'secret', db: 1 };
  test.equal(address(undefined, env), ofEnv);
  test.equal(address({ namespace: 'n' }, env), ofEnv);
  test.equal(address({ db: 2 }, env), { ...ofEnv, db: 2 });
  test.equal(address('redis://url', env), { ...LOCAL, host: 'url' });
  for (const part of [{ host: 'h' }, { port: 1 }, { password: 'p' }, { username: 'u' }, { tls: true }]) {
    test.equal(address(part, env), { ...LOCAL, ...part }, JSON.stringify(part));
  }
  test.equal(address(undefined, { CLUSTER_URL: '' }), LOCAL);
});

Tinytest.add('options - the original package’s host, port, auth and db give the address', (test) => {
  const config = { host: 'localhost', port: 6337, auth: 'pw', db: 2 };
  test.equal(address(config), { ...LOCAL, host: 'localhost', port: 6337, password: 'pw', db: 2 });
});

Tinytest.add('options - auth is another name for password, and both together are refused', (test) => {
  test.equal(address({ auth: 'p' }), address({ password: 'p' }));
  const error = configErrorOf(() => address({ auth: 'canary', password: 'canary' }));
  test.equal(error.option, 'auth');
  test.matches(error.message, /"auth" is another name for "password"; got both/);
  test.notMatches(everythingShown(error), /canary/);
});

Tinytest.add('options - a URL excludes the parts of an address, but not db', (test) => {
  test.equal(address({ url: 'redis://h/1', db: 2 }).db, 2);
  test.equal(address({ url: 'redis://h/1' }).db, 1);
  for (const part of [
    { host: 'h' },
    { port: 1 },
    { password: 'p' },
    { auth: 'p' },
    { username: 'u' },
    { tls: false },
  ]) {
    const error = configErrorOf(() => address({ url: 'redis://h', ...part }));
    test.equal(error.option, 'url', JSON.stringify(part));
    test.matches(error.message, new RegExp(`got "url" and "${Object.keys(part)[0]}"$`));
  }
});

Tinytest.add('options - an invalid URL is refused by its source, and the password is not shown', (test) => {
  const url = 'redis://redis:canary@host:port';
  const sources: [string, () => unknown][] = [
    ['CLUSTER_URL', () => address(undefined, { CLUSTER_URL: url })],
    ['url', () => address(url)],
    ['url', () => address({ url })],
  ];
  for (const [source, run] of sources) {
    const error = configErrorOf(run);
    test.equal(error.option, source);
    test.notMatches(everythingShown(error), /canary/);
  }
});

Tinytest.add('options - createClient replaces the address and excludes every part of it', (test) => {
  const env = { CLUSTER_URL: 'redis://example.org' };
  test.isTrue(resolveOptions({ createClient }, env).redis === createClient);
  for (const part of [{ url: 'redis://h' }, { host: 'h' }, { auth: 'p' }, { tls: false }, { db: 1 }]) {
    const error = configErrorOf(() => resolveOptions({ createClient, ...part }, {}));
    test.equal(error.option, 'createClient', JSON.stringify(part));
    test.matches(error.message, new RegExp(`got "${Object.keys(part)[0]}" as well$`));
  }
});

Tinytest.add('options - sharded requires createClient', (test) => {
  test.isTrue(resolveOptions({ createClient, sharded: true }, {}).sharded);
  test.isFalse(resolveOptions({ sharded: false }, {}).sharded);
  test.equal(configErrorOf(() => resolveOptions({ sharded: true }, {})).option, 'sharded');
});

Tinytest.add('options - heartbeatTimeout is 3.5 intervals by default and never below two', (test) => {
  const timeout = (config: object) => resolveOptions(config, {}).heartbeatTimeoutMs;
  test.equal(timeout({ heartbeatInterval: 100 }), 350);
  test.equal(timeout({ heartbeatInterval: 100, heartbeatTimeout: 200 }), 200);
  const error = configErrorOf(() => timeout({ heartbeatInterval: 100, heartbeatTimeout: 199 }));
  test.equal(error.option, 'heartbeatTimeout');
  test.matches(error.message, /must be at least twice heartbeatInterval \(100\); got 199/);
  test.equal(configErrorOf(() => timeout({ heartbeatTimeout: 3999 })).option, 'heartbeatTimeout');
});

Tinytest.add('options - CLUSTER_SECRET is the secret unless the option gives one', (test) => {
  const secret = (config: object, env: object) => resolveOptions(config, env as NodeJS.ProcessEnv).secrets;
  const [one, other] = ['1'.repeat(16), '2'.repeat(16)];
  test.equal(secret({}, { CLUSTER_SECRET: one }), [one]);
  test.equal(secret({}, { CLUSTER_SECRET: `${one},${other}` }), [one, other]);
  test.equal(secret({ secret: [other, one] }, {}), [other, one]);
  test.equal(secret({ secret: other }, { CLUSTER_SECRET: one }), [other]);
  test.equal(secret({}, {}), undefined);
  test.equal(secret({ secret: one }, { CLUSTER_SECRET: '' }), [one]);
  const none = configErrorOf(() => secret({}, { CLUSTER_SECRET: '' }));
  test.equal(none.option, 'CLUSTER_SECRET');
  test.matches(none.message, /; got an empty string; unset it to run without authentication$/);
  const error = configErrorOf(() => secret({}, { CLUSTER_SECRET: 'canary' }));
  test.equal(error.option, 'CLUSTER_SECRET');
  test.matches(error.message, /CLUSTER_SECRET must be 16 characters or more, .*; got 6 characters$/);
  const second = configErrorOf(() => secret({}, { CLUSTER_SECRET: `${one},canary` }));
  test.matches(second.message, /separated by commas; got 6 characters as number 2 of 2$/);
  for (const [empty, number] of [
    [',', 1],
    [`${one},`, 2],
  ] as const) {
    const { message } = configErrorOf(() => secret({}, { CLUSTER_SECRET: empty }));
    test.matches(message, new RegExp(`got an empty string as number ${number} of 2$`));
  }
  test.notMatches(everythingShown(error), /canary/);
});

Tinytest.add('options - what is neither a URL nor an object is refused', (test) => {
  const refused: [unknown, RegExp][] = [
    [42, /init\(\) takes nothing, a redis:\/\/ URL or an object of options; got a value of type number/],
    [true, /got a value of type boolean/],
    [['redis://h'], /got an array/],
    [createClient, /got a value of type function/],
  ];
  for (const [config, message] of refused) {
    const error = configErrorOf(() => resolveOptions(config, {}));
    test.equal(error.option, 'config');
    test.matches(error.message, message);
  }
});

Tinytest.add('options - a Redis elsewhere without password and secret is open to strangers', (test) => {
  const expected: [object, boolean][] = [
    [{ host: 'example.org' }, true],
    [{ host: 'example.org', username: 'tom' }, true],
    [{ host: 'example.org', password: 'p' }, false],
    [{ host: 'example.org', secret: 's'.repeat(16) }, false],
    [{ host: 'localhost' }, false],
    [{}, false],
    [{ createClient }, false],
  ];
  for (const [config, isOpen] of expected) {
    test.equal(isOpenToStrangers(resolveOptions(config, {})), isOpen, JSON.stringify(config));
  }
});
