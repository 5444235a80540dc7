/** The address of Redis. */

import { Tinytest } from 'meteor/tinytest';
import { describeAddress, isLoopback, parseRedisUrl } from '../../../src/config/address';
import { configErrorOf, everythingShown } from '../../support/config-errors';

const DEFAULTS = { port: 6379, tls: false, username: undefined, password: undefined, db: undefined };

Tinytest.add('address - a URL gives host, port, TLS, user, password and database', (test) => {
  const parsed: [string, object][] = [
    ['redis://h', { host: 'h' }],
    ['redis://h:7000/3', { host: 'h', port: 7000, db: 3 }],
    ['redis://h/', { host: 'h' }],
    ['redis://h/0', { host: 'h', db: 0 }],
    ['redis://h/9999', { host: 'h', db: 9999 }],
    ['rediss://h', { host: 'h', tls: true }],
    ['redis://:p@h', { host: 'h', password: 'p' }],
    ['redis://tom:p@h', { host: 'h', username: 'tom', password: 'p' }],
    ['redis://tom@h', { host: 'h', username: 'tom' }],
    ['redis://redis:a%40b%3A%2F%23%25@h', { host: 'h', password: 'a@b:/#%' }],
    ['redis://to%3Am:p@h', { host: 'h', username: 'to:m', password: 'p' }],
    ['redis://redis:p@[::1]:6380', { host: '::1', port: 6380, password: 'p' }],
    ['redis://redis:p%C3%A4@h', { host: 'h', password: 'pä' }],
  ];
  for (const [url, expected] of parsed) {
    test.equal(parseRedisUrl(url, 'url'), { ...DEFAULTS, ...expected } as never, url);
  }
});

Tinytest.add('address - parameters that providers add for other clients are accepted', (test) => {
  for (const parameters of [
    'family=0',
    'ssl_cert_reqs=none',
    'ssl_cert_reqs=CERT_NONE&family=6',
    'protocol=3',
  ]) {
    const parsed = parseRedisUrl(`rediss://redis:p@h:6380/1?${parameters}`, 'CLUSTER_URL');
    test.equal(parsed, { ...DEFAULTS, host: 'h', port: 6380, tls: true, password: 'p', db: 1 } as never);
  }
});

Tinytest.add('address - a "none" that is written otherwise is refused, and shown', (test) => {
  for (const text of ['None', 'none ', ' NONE']) {
    const { message } = configErrorOf(() => parseRedisUrl(text, 'CLUSTER_URL'));
    test.isTrue(
      message.includes(`is ${JSON.stringify(text)}: a node without Redis has "none" alone`),
      message,
    );
  }
});

Tinytest.add('address - the user name "redis" of a URL is no user name', (test) => {
  test.isUndefined(parseRedisUrl('redis://redis:p@h', 'url').username);
  test.equal(parseRedisUrl('redis://redis2:p@h', 'url').username, 'redis2');
});

Tinytest.add('address - an invalid URL is refused with its source and its problem', (test) => {
  const refused: [string, RegExp][] = [
    ['canary', /is not a URL \(6 characters\)/],
    ['redis://redis:canary@', /is not a URL/],
    ['redis://redis:can#ary@host:6379', /is not a URL|names no host|unexpected part/],
    ['redis://redis:canary%@host', /has a "%" that starts no percent-encoded character/],
    ['redis://redis:canary@host:99999', /names a port above 65535$/],
    ['redis://redis:canary@host:99999/1', /names a port above 65535$/],
    ['redis://redis:canary@a:6379,b:6379', /names several addresses: give one; .*"createClient"$/],
    ['redis://:canary@a:6379,redis://:canary@b:6379', /names several addresses/],
    ['redis://:canary@a,b', /names several addresses/],
    ['redis://redis:can,ary@host:port', /is not a URL/],
    ['redis://redis:canary@host:port', /is not a URL/],
    ['redis://redis:canary@host/name', /has a path that is not a database number/],
    ['redis://redis:canary@host/10000', /has a path that is not a database number/],
    ['redis://redis:canary@host/1/2', /has a path that is not a database number/],
    ['redis://redis:12?family=canary@host', /has an unexpected part after "\?" or "#"/],
    ['redis://redis:canary@host?ssl=true', /has an unexpected part after "\?" or "#"/],
    ['redis://redis:canary@host?db=1', /has an unexpected part after "\?" or "#"/],
    ['redis://redis:canary@host#1', /has an unexpected part after "\?" or "#"/],
    ['http://redis:canary@host:6379', /starts with neither redis:\/\/ nor rediss:\/\//],
    ['redis:canary@host', /names no host/],
  ];
  for (const [url, problem] of refused) {
    const error = configErrorOf(() => parseRedisUrl(url, 'CLUSTER_URL'));
    test.equal(error.option, 'CLUSTER_URL', url);
    test.matches(
      error.message,
      /^Cluster: the variable CLUSTER_URL must look like redis:\/\/redis:<password>@<host>:<port>/,
    );
    test.matches(error.message, problem, url);
    test.notMatches(everythingShown(error), /canary|can[#,]|ary@/, url);
    test.isUndefined(error.cause, url);
  }
});

Tinytest.add('address - the error for the option "url" names the option', (test) => {
  const error = configErrorOf(() => parseRedisUrl('x', 'url'));
  test.equal(error.option, 'url');
  test.matches(error.message, /the option "url" must look like/);
});

Tinytest.add('address - a described address has neither user name nor password', (test) => {
  const described: [string, string][] = [
    ['rediss://tom:canary@[::1]:1/3', 'rediss://[::1]:1'],
    ['redis://tom:canary@example.org', 'redis://example.org:6379'],
  ];
  for (const [url, expected] of described) test.equal(describeAddress(parseRedisUrl(url, 'url')), expected);
});

Tinytest.add('address - only this machine is a loopback', (test) => {
  const expected: [string, boolean][] = [
    ['localhost', true],
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['::1', true],
    ['example.org', false],
    ['localhost.example.org', false],
    ['10.127.0.1', false],
    ['::12', false],
  ];
  for (const [host, isLocal] of expected) test.equal(isLoopback({ ...DEFAULTS, host }), isLocal, host);
});
