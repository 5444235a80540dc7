import { Tinytest } from 'meteor/tinytest';
import { Log, reasonOf } from '../../src/observability/log';
import { linesDuring } from '../support/console';

Tinytest.addAsync('log - a warning is logged once per topic until its problem is over', async (test) => {
  const log = new Log();
  const lines = await linesDuring(() => {
    log.warn('redis', 'no connection');
    log.warn('redis', 'still no connection');
    log.warn('publish', 'refused');
    test.isTrue(log.resolve('redis'), 'it had been logged');
    test.isFalse(log.resolve('redis'), 'it is over');
    test.isFalse(log.resolve('another topic'));
    log.warn('publish', 'refused again');
    log.warn('redis', 'no connection again');
  });
  test.equal(lines, ['Cluster: no connection', 'Cluster: refused', 'Cluster: no connection again']);
});

Tinytest.addAsync('log - news is logged every time', async (test) => {
  const log = new Log();
  const lines = await linesDuring(() => {
    log.info('connected');
    log.info('connected');
  });
  test.equal(lines, ['Cluster: connected', 'Cluster: connected']);
});

Tinytest.addAsync('log - the topics of one log are not those of another', async (test) => {
  const lines = await linesDuring(() => {
    for (const log of [new Log(), new Log()]) log.warn('redis', 'no connection');
  });
  test.equal(lines.length, 2);
});

Tinytest.add('log - the reason of an error is its message, its code or its name', (test) => {
  test.equal(reasonOf(new Error('refused')), 'refused');
  test.equal(reasonOf(Object.assign(new Error(''), { code: 'ECONNREFUSED' })), 'ECONNREFUSED');
  test.equal(reasonOf(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })), 'refused');
  test.equal(reasonOf(new RangeError('')), 'RangeError');
});

Tinytest.add('log - the reason of an error shows no arguments, properties and other values', (test) => {
  const repeated = "ERR unknown command 'AUTH', with args beginning with: 'canary' \n'canary'";
  test.equal(reasonOf(new Error(repeated)), "ERR unknown command 'AUTH'");
  test.equal(reasonOf(Object.assign(new Error('refused'), { options: { password: 'canary' } })), 'refused');
  for (const value of ['canary', { password: 'canary' }, undefined, null]) {
    test.equal(reasonOf(value), 'an unknown error');
  }
});
