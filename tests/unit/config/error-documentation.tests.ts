/** `docs/troubleshooting.md` lists the errors of options and variables. Reads a file of the repository, so stand-in only. */

import { readFileSync } from 'node:fs';
import { Tinytest } from 'meteor/tinytest';
import { readEndpoints } from '../../../src/config/endpoints';
import { resolveOptions } from '../../../src/config/options';
import { readSettings } from '../../../src/config/settings';
import { configErrorOf } from '../../support/config-errors';

const DOCUMENTATION = new URL('../../../docs/troubleshooting.md', import.meta.url);
const START = 'Cluster: ';
const URL_ERROR = /^the variable CLUSTER_URL must look like .*; the given one (.*)$/;

/** Returns the texts of the section on errors: headings, first cells of tables and further errors, without `Cluster: `. */
function documentedTexts(): string[] {
  const [, errors = ''] = readFileSync(DOCUMENTATION, 'utf8').split('\n## Errors\n');
  const places = errors.split('\n').filter((line) => /^(### |\| |The error `)/.test(line));
  return places
    .map((line) => (line.startsWith('|') ? (line.split(/(?<!\\)\|/)[1] ?? '') : line))
    .flatMap((place) => [...place.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text))
    .map((text) => text.replace(START, ''));
}

/** A documented text has `<name>` and `…` for what changes. */
function matches(text: string, documented: string): boolean {
  const parts = documented
    .split(/<[^<>@:/]+>|…/)
    .map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

function isDocumented(text: string): boolean {
  return documentedTexts().some((documented) => matches(text, documented));
}

const WRONG_URLS = [
  'None',
  'redis://a:1,b:1',
  'redis://h:99999',
  'redis://h:0',
  'host',
  'http://h',
  'redis:h',
  'redis://h?ssl=true',
  'redis://h/name',
  'redis://redis:%@h',
];
const WRONG_OPTIONS: readonly object[] = [
  { port: 0 },
  { hots: 'h' },
  { url: 'redis://h', host: 'h' },
  { auth: 'a', password: 'p' },
  { createClient() {}, host: 'h' },
  { sharded: true },
  { secret: 'short' },
  { logger: {} },
];

Tinytest.add('error documentation - the errors of CLUSTER_URL and their problems are listed', (test) => {
  for (const CLUSTER_URL of WRONG_URLS) {
    const { message } = configErrorOf(() => resolveOptions(undefined, { CLUSTER_URL }));
    const text = message.replace(START, '');
    const [, problem = ''] = URL_ERROR.exec(text) ?? [];
    test.isTrue(isDocumented(text), `no heading: ${text}`);
    test.isTrue(isDocumented(problem), `not in the table: ${problem}`);
  }
});

Tinytest.add('error documentation - the errors of CLUSTER_SECRET are listed', (test) => {
  for (const CLUSTER_SECRET of ['', 'short', `${'s'.repeat(16)},short`]) {
    const { message } = configErrorOf(() => resolveOptions(undefined, { CLUSTER_SECRET }));
    test.isTrue(isDocumented(message.replace(START, '')), message);
  }
});

Tinytest.add('error documentation - the errors of options and settings are listed', (test) => {
  const errors = [
    ...WRONG_OPTIONS.map((config) => configErrorOf(() => resolveOptions(config, {}))),
    configErrorOf(() => resolveOptions(42, {})),
    configErrorOf(() => readSettings({ sync: 'cards' })),
    configErrorOf(() => readSettings('*')),
    configErrorOf(() => readSettings({ syncAll: true })),
    configErrorOf(() => readSettings({ sync: '*', except: 'logs' })),
    configErrorOf(() => readSettings({ sync: [], except: ['logs'] })),
    configErrorOf(() => readSettings(undefined, { CLUSTER_SYNC: 'a,,b' })),
    configErrorOf(() => readEndpoints({ health: 'health' })),
    configErrorOf(() => readEndpoints({ metrics: { token: 'short' } })),
  ];
  for (const { message } of errors) test.isTrue(isDocumented(message.replace(START, '')), message);
});
