/** Requests that may read the metrics, and those that are refused. */

import { Tinytest } from 'meteor/tinytest';
import { type Requester, refusalOf } from '../../../src/observability/metrics-access';

const TOKEN = 't'.repeat(16);

function from(remoteAddress: string | undefined, headers: Requester['headers'] = {}): Requester {
  return { headers, socket: { remoteAddress } };
}

Tinytest.add('metrics access - without more in the setting, only this host reads them', (test) => {
  const access = { kind: 'this host' } as const;
  for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    test.equal(refusalOf(from(address, { host: 'localhost:3000' }), access), undefined, address);
  }
  // The last one is a Unix socket.
  for (const address of ['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::1', '', undefined]) {
    test.equal(refusalOf(from(address), access), 403, address);
  }
});

Tinytest.add(
  'metrics access - a request that a proxy on this host has passed on is of another host',
  (test) => {
    const headers = [
      'forwarded',
      'via',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-real-ip',
      'cf-connecting-ip',
    ];
    for (const name of headers) {
      test.equal(refusalOf(from('127.0.0.1', { [name]: '127.0.0.1' }), { kind: 'this host' }), 403, name);
    }
  },
);

Tinytest.add('metrics access - any host reads them where the setting says so', (test) => {
  const request = from('10.0.0.1', { 'x-forwarded-for': '10.0.0.2' });
  test.equal(refusalOf(request, { kind: 'any host' }), undefined);
});

Tinytest.add('metrics access - with a token every request needs it, of this host too', (test) => {
  const access = { kind: 'token', token: TOKEN } as const;
  for (const authorization of [`Bearer ${TOKEN}`, `bearer  ${TOKEN}`]) {
    test.equal(refusalOf(from('10.0.0.1', { authorization }), access), undefined, authorization);
  }
  for (const authorization of [
    '',
    TOKEN,
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN}t`,
    'Bearer ',
    `Bearer ${TOKEN} x`,
  ]) {
    test.equal(refusalOf(from('127.0.0.1', { authorization }), access), 401, authorization);
  }
  test.equal(refusalOf(from('127.0.0.1'), access), 401);
});
