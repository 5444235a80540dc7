Package.describe({
  name: 'cluster',
  version: '1.0.0',
  summary: 'Several Meteor nodes, one live database, on any database',
  documentation: 'README.md',
});

Npm.depends({
  redis: '6.3.1',
});

Package.onUse((api) => {
  api.versionsFrom('3.0');
  api.use(['typescript', 'meteor', 'mongo', 'minimongo', 'mongo-id', 'ejson', 'ddp-server'], 'server');
  // For the settings `health` and `metrics`: an application without a web server does without them.
  api.use('webapp', 'server', { weak: true });
  // The types: zodern:types and the `meteor types` of Meteor 3.6 both read package-types.json. So there is no need of 3.6's
  // api.types(), which would add cluster.d.ts a second time.
  api.addAssets(['package-types.json', 'cluster.d.ts'], 'server');
  api.mainModule('src/index.ts', 'server');
});

Package.onTest((api) => {
  api.use(['typescript', 'tinytest', 'meteor', 'mongo', 'ddp', 'webapp', 'cluster'], 'server');
  api.mainModule('tests/index.ts', 'server');
});
