/** The specification of the options: every option is checked by itself. */

import { Tinytest } from 'meteor/tinytest';
import {
  checkOptions,
  OPTION_NAMES,
  type OptionName,
  SPECIFICATION,
} from '../../../src/config/specification';
import { configErrorOf, everythingShown } from '../../support/config-errors';

interface Examples {
  readonly valid: readonly unknown[];
  readonly invalid: readonly unknown[];
}

const TEXTS: Examples = { valid: ['x', 'x y', 'ä'], invalid: ['', 1, true, {}, ['x']] };
const BOOLEANS: Examples = { valid: [true, false], invalid: [0, 1, 'true', '', {}] };
const integers = (min: number, max: number): Examples => ({
  valid: [min, max],
  invalid: [min - 1, max + 1, min + 0.5, Number.NaN, Number.POSITIVE_INFINITY, String(min), {}],
});
const LOGGER = { debug() {}, info() {}, warn() {}, error() {} };
const DAY_MS = 24 * 60 * 60 * 1000;

/** A new option has no examples here, which the compiler reports. */
const EXAMPLES: Readonly<Record<OptionName, Examples>> = {
  url: TEXTS,
  host: {
    valid: ['localhost', '127.0.0.1', '::1', 'fe80::1%eth0', 'redis-1.example_x.org'],
    invalid: ['', 'redis://h', 'a b', 'tom@h', 'h/1', 1, {}],
  },
  port: integers(1, 65_535),
  password: TEXTS,
  auth: TEXTS,
  username: TEXTS,
  tls: BOOLEANS,
  db: integers(0, 9999),
  createClient: { valid: [() => {}, async () => {}], invalid: ['createClient', {}, true] },
  sharded: BOOLEANS,
  namespace: {
    valid: ['n', 'n'.repeat(200), 'shop:staging/~!'],
    invalid: ['', 'a b', 'a\n', 'ä', 'n'.repeat(201), 1, {}],
  },
  strategy: { valid: ['auto', 'feed', 'update'], invalid: ['magic', 'Oplog', '', 1, ['feed']] },
  secret: {
    valid: ['s'.repeat(16), 'ä\n'.repeat(8), 's'.repeat(1000), ['s'.repeat(16), 't'.repeat(16)]],
    invalid: ['s'.repeat(15), '', 1234567890123456, {}, [], ['s'.repeat(16), 't']],
  },
  audit: { valid: [0, 0.001, 1], invalid: [-0.1, 1.1, Number.NaN, '0.5', true, {}] },
  timeout: integers(0, DAY_MS),
  heartbeatInterval: integers(10, DAY_MS),
  heartbeatTimeout: integers(20, DAY_MS),
  resyncJitter: integers(0, DAY_MS),
  pollingInterval: integers(1000, DAY_MS),
  hints: BOOLEANS,
  rawWrites: BOOLEANS,
  leaveOnSignals: BOOLEANS,
  redisOplog: {
    valid: [true, false, '', 'app.', 'p'.repeat(200)],
    invalid: [0, 1, {}, ['app.'], 'p'.repeat(201)],
  },
  logger: {
    valid: [console, LOGGER],
    invalid: ['console', 1, true, {}, { debug() {}, info() {}, warn() {} }, { ...LOGGER, error: 'error' }],
  },
};

const DEFAULTS = {
  sharded: false,
  strategy: 'auto',
  timeout: 10_000,
  heartbeatInterval: 2000,
  resyncJitter: 500,
  hints: true,
  rawWrites: true,
  audit: 0,
  leaveOnSignals: true,
  redisOplog: false,
};

const SECRETS: readonly OptionName[] = ['url', 'host', 'password', 'auth', 'username', 'secret'];

function examples(): [OptionName, Examples][] {
  return OPTION_NAMES.map((name) => [name, EXAMPLES[name]]);
}

Tinytest.add('specification - every option accepts its valid values', (test) => {
  for (const [name, { valid }] of examples()) {
    for (const value of valid) test.isTrue(checkOptions({ [name]: value })[name] === value, name);
  }
});

Tinytest.add('specification - every option refuses invalid values and says what it expects', (test) => {
  for (const [name, { invalid }] of examples()) {
    for (const value of invalid) {
      const error = configErrorOf(() => checkOptions({ [name]: value }));
      test.equal(error.name, 'ClusterConfigError');
      test.equal(error.option, name);
      const start = `Cluster: the option "${name}" must be ${SPECIFICATION[name].expected}; got `;
      test.isTrue(error.message.startsWith(start), `${name}: ${error.message}`);
    }
  }
});

Tinytest.add('specification - an error shows a number or a text, and of other values the type', (test) => {
  const shown: [object, RegExp][] = [
    [{ port: 0 }, /whole number from 1 to 65535; got 0$/],
    [{ port: '6379' }, /got "6379"$/],
    [{ db: -1 }, /got -1$/],
    [{ tls: 'yes' }, /must be true or false; got "yes"$/],
    [{ strategy: 'magic' }, /must be one of "auto", "feed", "update"; got "magic"$/],
    [{ namespace: '' }, /got an empty string$/],
    [{ namespace: ['canary'] }, /got an array$/],
    [{ namespace: { canary: 1 } }, /got a value of type object$/],
    [{ port: true }, /got a value of type boolean$/],
    [{ secret: 'canary' }, /must be 16 characters or more, .*; got 6 characters$/],
    [{ secret: 'c' }, /got 1 character$/],
    [{ secret: '' }, /got an empty string$/],
    [{ secret: ['s'.repeat(16), 'canary'] }, /got 6 characters as number 2 of 2$/],
    [{ secret: ['canary'] }, /got 6 characters$/],
    [{ secret: [] }, /got an empty array$/],
    [{ secret: 1234 }, /got a value of type number$/],
    [{ logger: { info() {}, error() {} } }, /; got one without "debug", "warn"$/],
    [{ logger: () => {} }, /; got a value of type function$/],
    [{ host: 'a,b' }, /an address alone; got several, separated by commas$/],
    [{ host: 'redis://tom:canary@h' }, /got a URL, for which there is the option "url"$/],
    [{ host: 'canary h' }, /got a text with other characters$/],
  ];
  for (const [config, message] of shown) {
    const error = configErrorOf(() => checkOptions(config));
    test.matches(error.message, message);
    test.notMatches(everythingShown(error), /canary/);
  }
});

Tinytest.add('specification - an error never shows the value of a secret option', (test) => {
  test.equal(
    OPTION_NAMES.filter((name) => 'isSecret' in SPECIFICATION[name]),
    [...SECRETS],
  );
  const values = ['canary', ['canary'], { canary: 'canary' }, 7_777_777, 'redis://tom:canary@host:6379'];
  for (const name of SECRETS) {
    for (const value of values.filter((each) => !SPECIFICATION[name].isValid(each))) {
      const error = configErrorOf(() => checkOptions({ [name]: value }));
      test.notMatches(everythingShown(error), /canary|7777777/, name);
    }
  }
});

Tinytest.add('specification - an unknown option is refused with the names of all options', (test) => {
  for (const name of ['hots', 'Port', '__proto', 'constructor', 'toString']) {
    const error = configErrorOf(() => checkOptions({ [name]: 'canary' }));
    test.equal(error.option, name);
    const all = OPTION_NAMES.map((each) => `"${each}"`).join(', ');
    test.equal(error.message, `Cluster: unknown option "${name}"; the options are ${all}`);
  }
});

Tinytest.add('specification - options that are null or undefined are left out', (test) => {
  for (const name of OPTION_NAMES) {
    test.equal(Object.keys(checkOptions({ [name]: null })), [], name);
    test.equal(Object.keys(checkOptions({ [name]: undefined })), [], name);
  }
  test.equal(Object.keys(checkOptions({ unknown: null })), []);
});

Tinytest.add('specification - the defaults are as documented and valid', (test) => {
  const withDefault = OPTION_NAMES.flatMap((name) => {
    const spec: { default?: unknown; isValid(value: unknown): boolean } = SPECIFICATION[name];
    if (spec.default === undefined) return [];
    test.isTrue(spec.isValid(spec.default), name);
    return [[name, spec.default]];
  });
  test.equal(Object.fromEntries(withDefault), DEFAULTS);
});
