/** Settings of Cluster in places where nobody reads them. */

import { Tinytest } from 'meteor/tinytest';
import { findMisplaced } from '../../../src/config/misplaced-settings';
import { configErrorOf } from '../../support/config-errors';

const SETTINGS = { sync: '*' };
const RIGHT = 'Meteor.settings.packages.cluster';

Tinytest.add('misplaced settings - a name under packages that only Cluster can mean is an error', (test) => {
  for (const name of ['Cluster', 'CLUSTER', 'meteor-cluster']) {
    const { message, option } = configErrorOf(() => findMisplaced({ packages: { [name]: SETTINGS } }));
    test.equal(option, name);
    test.matches(message, new RegExp(`packages.${name} is not read: the settings belong to ${RIGHT}`));
  }
});

Tinytest.add("misplaced settings - a place that may be the application's own is a warning", (test) => {
  const places = {
    'Meteor.settings.cluster': { cluster: SETTINGS },
    'Meteor.settings.Cluster': { Cluster: { Sync: ['cards'] } },
    'Meteor.settings.public.packages.cluster': { public: { packages: { cluster: SETTINGS } } },
    'Meteor.settings.private.cluster': { private: { cluster: { namespace: 'n' } } },
    'Meteor.settings.package.cluster': { package: { cluster: SETTINGS } },
    'Meteor.settings.packages["somebody:cluster"]': { packages: { 'somebody:cluster': SETTINGS } },
  };
  for (const [place, settings] of Object.entries(places)) {
    test.equal(findMisplaced(settings), [`${place} is not read: the settings of Cluster belong to ${RIGHT}`]);
  }
});

Tinytest.add('misplaced settings - other objects of that name are left alone', (test) => {
  const ours = { packages: { cluster: SETTINGS } };
  for (const settings of [
    undefined,
    {},
    ours,
    { ...ours, cluster: SETTINGS },
    { cluster: { region: 'eu-1', nodes: 3 } },
    { cluster: 'eu-1' },
    { packages: 'none', public: null },
    { packages: { 'meteorhacks:cluster': { discovery: 'x' } } },
  ]) {
    test.equal(findMisplaced(settings), [], JSON.stringify(settings));
  }
});
