/** The settings that `Meteor.settings.packages.cluster` may hold, and the variable `CLUSTER_SYNC`. */

import { Tinytest } from 'meteor/tinytest';
import { type ClusterSettings, readSettings } from '../../../src/config/settings';
import { configErrorOf } from '../../support/config-errors';

const SOURCE = 'Meteor.settings.packages.cluster';

function read(value: unknown, variable?: string): ClusterSettings | undefined {
  return readSettings(value, { CLUSTER_SYNC: variable });
}

Tinytest.add('settings - without a section for Cluster and without the variable there are none', (test) => {
  test.isUndefined(read(undefined));
  test.isUndefined(read(null));
  test.isUndefined(read(undefined, ''));
});

Tinytest.add(
  'settings - sync names collections or all of them, except leaves some out, the rest are options',
  (test) => {
    const none = { source: SOURCE, config: {}, sync: [], except: [] };
    test.equal(read({}), none);
    test.equal(read({ sync: null, except: null }), none);
    test.equal(read({ sync: '*', strategy: 'feed' }), { ...none, config: { strategy: 'feed' }, sync: 'all' });
    test.equal(read({ health: true, metrics: { token: 't' } }), none);
    test.equal(read({ sync: ['cards', 'lists'] }), { ...none, sync: ['cards', 'lists'] });
    test.equal(read({ sync: '*', except: ['logs'] }), { ...none, sync: 'all', except: ['logs'] });
  },
);

Tinytest.add(
  'settings - the variable CLUSTER_SYNC stands for settings, and is the default of sync',
  (test) => {
    const alone = { source: 'CLUSTER_SYNC', config: {}, sync: 'all' as const, except: [] };
    test.equal(read(undefined, '*'), alone);
    test.equal(read(undefined, ' cards, lists '), { ...alone, sync: ['cards', 'lists'] });
    const beside = { ...alone, source: SOURCE };
    test.equal(read({ except: ['logs'] }, '*'), { ...beside, except: ['logs'] });
    test.equal(read({ sync: ['cards'] }, '*'), { ...beside, sync: ['cards'] });
  },
);

Tinytest.add('settings - a bad one is refused with what was expected and what came', (test) => {
  const refused = (value: unknown, variable?: string) => configErrorOf(() => read(value, variable));
  test.matches(
    refused('*').message,
    /settings\.packages\.cluster must be an object of options; got a value of type str/,
  );
  test.matches(
    refused({ sync: 'cards' }).message,
    /"sync" of .* must be a list of names .* or "\*"; got "cards"/,
  );
  test.matches(refused({ sync: [1] }).message, /got another list/);
  test.matches(refused({ sync: ['*'] }).message, /got another list/);
  test.matches(refused({ sync: true }).message, /got a value of type boolean/);
  test.matches(
    refused({ sync: '*', except: 'logs' }).message,
    /"except" of .* must be a list of names .*; got "logs"/,
  );
  test.matches(
    refused({ sync: ['cards'], except: ['logs'] }).message,
    /"except" of .* requires "sync": "\*"/,
  );
  test.matches(
    refused(undefined, 'cards,,lists').message,
    /CLUSTER_SYNC must be names .* or \* alone; got "cards,,lists"/,
  );
  test.matches(refused(undefined, '*,cards').message, /CLUSTER_SYNC must be names/);
  test.equal(refused(undefined, ',').option, 'CLUSTER_SYNC');
});

Tinytest.add('settings - an unknown one is refused with the nearest name', (test) => {
  const nearestTo = (name: string) => {
    const { message, option } = configErrorOf(() => read({ [name]: '*' }));
    test.equal(option, name);
    test.matches(
      message,
      new RegExp(`unknown setting "${name}" of ${SOURCE}; .*the settings are "sync", "except", .*"url"`),
    );
    return /did you mean "(\w+)"/.exec(message)?.[1];
  };
  for (const name of ['Sync', 'syncAll', 'synch', 'snyc']) test.equal(nearestTo(name), 'sync', name);
  test.equal(nearestTo('pollingIntervall'), 'pollingInterval');
  test.equal(nearestTo('Except'), 'except');
  test.isUndefined(nearestTo('collections'));
});
