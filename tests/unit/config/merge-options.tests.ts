/** Options of `init()` and of the settings together. */

import { Tinytest } from 'meteor/tinytest';
import { describeMerge, mergeOptions } from '../../../src/config/merge-options';

function settingsOf(config: Record<string, unknown>) {
  return { source: 'Meteor.settings.packages.cluster', config, sync: 'all' as const, except: [] };
}

Tinytest.add(
  'merged options - those of init go first, those that it leaves out are of the settings',
  (test) => {
    const settings = settingsOf({ namespace: 'settings', strategy: 'update', audit: null });
    const { config } = mergeOptions(settings, { namespace: 'code', timeout: 5, strategy: null });
    test.equal(config, { namespace: 'code', timeout: 5, strategy: 'update' });
    test.equal(mergeOptions(settings, undefined).config, { namespace: 'settings', strategy: 'update' });
  },
);

Tinytest.add('merged options - an address of init replaces that of the settings as a whole', (test) => {
  const parts = settingsOf({ host: 'h', port: 1, db: 2, hints: false });
  test.equal(mergeOptions(parts, 'redis://other').config, { url: 'redis://other', hints: false });
  const createClient = () => {};
  test.equal(mergeOptions(settingsOf({ url: 'redis://h' }), { createClient }).config, { createClient });
  test.equal(mergeOptions(parts, { password: 'p' }).config, { password: 'p', hints: false });
  test.equal(mergeOptions(parts, { db: 3 }).config, { host: 'h', port: 1, db: 3, hints: false });
});

Tinytest.add('merged options - the line names options and no values', (test) => {
  const settings = settingsOf({ password: 'secret-word', host: 'h', strategy: 'feed' });
  const line = (call: unknown) => describeMerge(settings, mergeOptions(settings, call));
  test.equal(
    line('redis://:other-word@h'),
    'init() of the application goes before Meteor.settings.packages.cluster: it gives "url", takes "strategy" from there, ' +
      'and does not use "password", "host" there',
  );
  test.equal(
    line(undefined),
    'init() of the application goes before Meteor.settings.packages.cluster: it gives no option, takes "password", "host", ' +
      '"strategy" from there',
  );
});
