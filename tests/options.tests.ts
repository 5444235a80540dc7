import { Tinytest } from 'meteor/tinytest';
import { describeAddress, parseRedisUrl, type RedisAddress, resolveOptions } from '../src/options';

const address = (config: unknown, env = {}) => resolveOptions(config, env).redis as RedisAddress;
const LOCAL = {
  host: '127.0.0.1',
  port: 6379,
  tls: false,
  username: undefined,
  password: undefined,
  db: undefined,
};

Tinytest.add('options - nothing given is Redis on this machine', (test) => {
  test.equal(address(undefined), LOCAL);
  test.equal(address(null), LOCAL);
  test.equal(address({}), LOCAL);
  test.equal(address({ port: null, host: undefined, auth: null, db: null }), LOCAL);
  const { namespace, strategy, startupTimeout } = resolveOptions(undefined, {});
  test.equal(
    { namespace, strategy, startupTimeout },
    { namespace: undefined, strategy: 'auto', startupTimeout: 10_000 },
  );
});

Tinytest.add('options - CLUSTER_URL is used when no address is given', (test) => {
  const env = { CLUSTER_URL: 'redis://redis:secret@example.org:6380' };
  test.equal(address(undefined, env), { ...LOCAL, host: 'example.org', port: 6380, password: 'secret' });
  test.equal(address({ namespace: 'n' }, env).host, 'example.org');
  test.equal(address({ host: 'elsewhere' }, env).host, 'elsewhere');
  test.equal(address('redis://url', env).host, 'url');
});

Tinytest.add("options - the original's host, port, auth and db", (test) => {
  const config = { host: 'localhost', port: 6337, auth: 'pw', db: 2 };
  test.equal(address(config), { ...LOCAL, host: 'localhost', port: 6337, password: 'pw', db: 2 });
});

Tinytest.add('options - URLs with users, escapes, IPv6, TLS and a database', (test) => {
  const read: [string, object][] = [
    ['redis://h', { host: 'h' }],
    ['redis://h:7000/3', { host: 'h', port: 7000, db: 3 }],
    ['redis://h/', { host: 'h' }],
    ['rediss://h', { host: 'h', tls: true }],
    ['redis://:p@h', { host: 'h', password: 'p' }],
    ['redis://redis:p@h', { host: 'h', password: 'p' }],
    ['redis://tom:p@h', { host: 'h', username: 'tom', password: 'p' }],
    ['redis://redis:a%40b%3A%2F%23%25@h', { host: 'h', password: 'a@b:/#%' }],
    ['redis://redis:p@[::1]:6380', { host: '::1', port: 6380, password: 'p' }],
    ['redis://redis:p%C3%A4@h', { host: 'h', password: 'pä' }],
  ];
  for (const [url, expected] of read) test.equal(parseRedisUrl(url, 'x'), { ...LOCAL, ...expected }, url);
});

Tinytest.add(
  'options - a malformed URL is refused by the name of its source, without the password',
  (test) => {
    const malformed = [
      'canary',
      'redis://redis:canary@',
      'redis://redis:can#ary@host:6379',
      'redis://redis:canary%@host',
      'redis://redis:canary@host:99999',
      'redis://redis:canary@host:port',
      'redis://redis:canary@host/name',
      'redis://redis:canary@host?db=1',
      'http://redis:canary@host:6379',
      'redis:canary@host',
    ];
    for (const url of malformed) {
      for (const run of [
        () => address(undefined, { CLUSTER_URL: url }),
        () => address(url),
        () => address({ url }),
      ]) {
        try {
          run();
          test.isTrue(false, `${url} was taken`);
        } catch (error) {
          const shown = `${(error as Error).stack} ${JSON.stringify(error)} ${JSON.stringify((error as Error).cause)}`;
          test.matches(shown, /CLUSTER_URL|option "url"/);
          test.matches(shown, /redis:\/\/redis:<password>@<host>:<port>/);
          test.notMatches(shown, /canary|can#|ary@/);
        }
      }
    }
  },
);

Tinytest.add('options - a bad option is refused by name, with what was expected and what came', (test) => {
  const refused: [unknown, RegExp][] = [
    [42, /init\(\) takes nothing, .* got a value of type number/],
    [['redis://h'], /got an array/],
    [{ hots: 'h' }, /unknown option "hots"; the options are "url", "host"/],
    [{ port: '6379' }, /option "port" must be a whole number from 1 to 65535; got "6379"/],
    [{ port: 0 }, /got 0/],
    [{ port: 1.5 }, /got 1.5/],
    [{ host: '' }, /option "host" must be a non-empty string; got an empty string/],
    [{ auth: 123456 }, /option "auth" must be a non-empty string; got/],
    [{ db: -1 }, /option "db"/],
    [{ tls: 'yes' }, /option "tls" must be true or false; got "yes"/],
    [{ namespace: 'a b' }, /option "namespace" must be 1 to 200 printable/],
    [{ namespace: 'n'.repeat(201) }, /option "namespace"/],
    [{ strategy: 'magic' }, /option "strategy" must be one of "auto", "oplog", "update"; got "magic"/],
    [{ startupTimeout: Number.NaN }, /option "startupTimeout"/],
    [{ pollingInterval: 0 }, /option "pollingInterval" must be a whole number from 1000 to 86400000; got 0/],
    [{ url: 'redis://h', host: 'h' }, /either the option "url" or .* got "url" and "host"/],
  ];
  for (const [config, message] of refused) test.throws(() => resolveOptions(config, {}), message);
});

Tinytest.add('options - an address in a log has no password', (test) => {
  test.equal(describeAddress(parseRedisUrl('rediss://tom:canary@[::1]:1', 'x')), 'rediss://[::1]:1');
});
