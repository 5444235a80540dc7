import { Tinytest } from 'meteor/tinytest';
import { Log, reasonOf } from '../../../src/observability/log';
import { linesDuring } from '../../support/console';
import { pause } from '../../support/eventually';

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

/** A logger that keeps what it gets, by method. */
function newLogger() {
  const lines: string[] = [];
  const keep = (method: string) => (line: string) => void lines.push(`${method} ${line}`);
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

Tinytest.addAsync('log - a logger of the application gets every line, and the console none', async (test) => {
  const logger = newLogger();
  const log = new Log(logger);
  const lines = await linesDuring(() => {
    log.debug('a peer');
    log.info('connected');
    log.warn('redis', 'no connection');
    log.error('listener', 'a listener failed');
    log.error('listener', 'a listener failed again');
  });
  test.equal(lines, []);
  test.equal(logger.lines, [
    'debug Cluster: a peer',
    'info Cluster: connected',
    'warn Cluster: no connection',
    'error Cluster: a listener failed',
  ]);
});

Tinytest.addAsync('log - the methods of a logger are called on it', async (test) => {
  class Own {
    readonly lines: string[] = [];
    debug = () => {};
    error = () => {};
    warn = () => {};
    info(line: string): void {
      this.lines.push(line);
    }
  }
  const logger = new Own();
  new Log(logger).info('connected');
  test.equal(logger.lines, ['Cluster: connected']);
});

Tinytest.addAsync(
  'log - a logger that throws or rejects breaks nothing, and its line goes to the console',
  async (test) => {
    const fail = () => {
      throw new Error('disk full');
    };
    const log = new Log({ debug: fail, info: async () => fail(), warn: fail, error: fail });
    const lines = await linesDuring(async () => {
      log.debug('a peer');
      log.warn('redis', 'no connection');
      log.info('connected');
      await pause(0);
    });
    test.equal(lines, ['Cluster: no connection', 'Cluster: connected']);
  },
);

Tinytest.addAsync(
  'log - each warning and each error is reported once, also when the logger fails',
  async (test) => {
    const warnings: string[] = [];
    const fail = () => {
      throw new Error('disk full');
    };
    const logger = { debug: fail, info: fail, warn: fail, error: fail };
    const log = new Log(logger, (message) => warnings.push(message));
    await linesDuring(() => {
      log.info('connected');
      log.warn('redis', 'no connection');
      log.warn('redis', 'still no connection');
      log.error('listener', 'a listener failed');
    });
    test.equal(warnings, ['no connection', 'a listener failed']);
  },
);

Tinytest.add('log - whatever an application throws has a reason that can be logged', (test) => {
  const withMessage = (message: unknown) => Object.assign(new Error('text'), { message });
  const hostile = Object.defineProperty(new Error('text'), 'message', {
    get() {
      throw new Error('a getter that throws');
    },
  });
  for (const [thrown, reason] of [
    [new Error('text'), 'text'],
    [withMessage(7), 'Error'],
    [withMessage(undefined), 'Error'],
    [hostile, 'Error'],
    [Object.assign(new Error(''), { code: 'ECODE' }), 'ECODE'],
    ['a string', 'an unknown error'],
    [undefined, 'an unknown error'],
  ] as const) {
    test.equal(reasonOf(thrown), reason);
  }
});
