/** The advice that the log adds to errors of a connection. */

import { Tinytest } from 'meteor/tinytest';
import { adviceOnTls } from '../../../src/redis/error-advice';

Tinytest.add('error advice - a side that speaks TLS alone is named, with the other scheme', (test) => {
  // The errors of npm redis 6.3 with redis-server 7, and that of OpenSSL with a server that answers at once.
  for (const reason of ['Connection timeout', 'write EPROTO … wrong version number']) {
    test.matches(adviceOnTls(new Error(reason), true), /expect TLS\? Without TLS .* redis:\/\/$/);
  }
  for (const reason of ['read ECONNRESET', 'Socket closed unexpectedly']) {
    test.matches(adviceOnTls(new Error(reason), false), /expect TLS\? With TLS .* rediss:\/\/$/);
  }
});

Tinytest.add('error advice - other errors say nothing of TLS', (test) => {
  for (const tls of [true, false]) {
    test.equal(adviceOnTls(new Error('connect ECONNREFUSED'), tls), '');
  }
  test.equal(adviceOnTls(new Error('read ECONNRESET'), true), '');
  test.equal(adviceOnTls(new Error('Connection timeout'), false), '');
});
