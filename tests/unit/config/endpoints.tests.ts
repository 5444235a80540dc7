/** The settings `health` and `metrics`. */

import { Tinytest } from 'meteor/tinytest';
import { readEndpoints } from '../../../src/config/endpoints';
import { configErrorOf, everythingShown } from '../../support/config-errors';

const TOKEN = 't'.repeat(16);

Tinytest.add('endpoints - without settings nothing is served', (test) => {
  for (const settings of [undefined, null, {}, { health: false, metrics: null }, '*']) {
    test.equal(readEndpoints(settings), { health: undefined, metrics: undefined });
  }
});

Tinytest.add('endpoints - true stands for the usual path, a text for another', (test) => {
  test.equal(readEndpoints({ health: true }).health, '/health');
  test.equal(readEndpoints({ health: '/ops/live.json' }).health, '/ops/live.json');
  const access = { kind: 'this host' };
  test.equal(readEndpoints({ metrics: true }).metrics, { path: '/metrics', access } as never);
  test.equal(readEndpoints({ metrics: '/ops' }).metrics, { path: '/ops', access } as never);
});

Tinytest.add('endpoints - metrics are for this host alone unless the setting says more', (test) => {
  const expected: [object, object][] = [
    [{}, { kind: 'this host' }],
    [{ otherHosts: false }, { kind: 'this host' }],
    [{ otherHosts: true }, { kind: 'any host' }],
    [{ token: TOKEN }, { kind: 'token', token: TOKEN }],
    [
      { token: TOKEN, otherHosts: true },
      { kind: 'token', token: TOKEN },
    ],
  ];
  for (const [metrics, access] of expected) {
    test.equal(readEndpoints({ metrics }).metrics, { path: '/metrics', access } as never);
  }
  test.equal(readEndpoints({ metrics: { path: '/m' } }).metrics?.path, '/m');
});

Tinytest.add('endpoints - a bad one is refused with what was expected and what came', (test) => {
  const refused: [object, string, RegExp][] = [
    [
      { health: 1 },
      'health',
      /"health" of .* must be true, false or a path such as "\/health"; got a value of type num/,
    ],
    [{ health: 'health' }, 'health', /got "health"$/],
    [{ health: '/a b' }, 'health', /got "\/a b"$/],
    [{ health: '/:id' }, 'health', /got "\/:id"$/],
    [{ health: {} }, 'health', /got a value of type object$/],
    [{ metrics: ['/metrics'] }, 'metrics', /or an object of "path", "otherHosts", "token"; got an array$/],
    [{ metrics: { tokens: 'canary' } }, 'metrics', /got one with "tokens"$/],
    [{ metrics: { otherHosts: 'yes' } }, 'metrics', /got a value of type string as "otherHosts"$/],
    [
      { metrics: { token: 'canary' } },
      'metrics',
      /got 6 characters as "token", which has 16 characters or more$/,
    ],
    [{ metrics: { token: [TOKEN] } }, 'metrics', /as "token"/],
    [{ metrics: { token: '' } }, 'metrics', /got an empty string as "token"/],
  ];
  for (const [settings, option, message] of refused) {
    const error = configErrorOf(() => readEndpoints(settings));
    test.equal(error.option, option);
    test.matches(error.message, message);
    test.notMatches(everythingShown(error), /canary/);
  }
});
