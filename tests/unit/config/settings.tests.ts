/** The settings that `Meteor.settings.packages.cluster` may hold. */

import { ClusterConfigError } from 'meteor/cluster';
import { Tinytest } from 'meteor/tinytest';
import { readSettings } from '../../../src/config/settings';

Tinytest.add('settings - without a section for Cluster there are none', (test) => {
  test.isUndefined(readSettings(undefined));
  test.isUndefined(readSettings(null));
});

Tinytest.add('settings - sync names collections or all of them, the rest are options', (test) => {
  test.equal(readSettings({}), { config: {}, sync: [] });
  test.equal(readSettings({ sync: null }), { config: {}, sync: [] });
  test.equal(readSettings({ sync: '*', strategy: 'feed' }), { config: { strategy: 'feed' }, sync: 'all' });
  test.equal(readSettings({ health: true, metrics: { token: 't' } }), { config: {}, sync: [] });
  test.equal(readSettings({ sync: ['cards', 'lists'] }), { config: {}, sync: ['cards', 'lists'] });
});

Tinytest.add('settings - a bad one is refused with what was expected and what came', (test) => {
  const errorOf = (value: unknown) => {
    try {
      readSettings(value);
      return 'no error';
    } catch (error) {
      test.isTrue(error instanceof ClusterConfigError);
      return (error as Error).message;
    }
  };
  test.matches(
    errorOf('*'),
    /settings\.packages\.cluster must be an object of options; got a value of type str/,
  );
  test.matches(errorOf({ sync: 'cards' }), /"sync" of .* must be a list of names .* or "\*"; got "cards"/);
  test.matches(errorOf({ sync: [1] }), /got another list/);
  test.matches(errorOf({ sync: true }), /got a value of type boolean/);
});
