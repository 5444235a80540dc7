/** Stands in for `meteor/ejson`: the library's copy of it. Called by Cluster's `src/meteor/`. Touches nothing. */

export * as EJSON from 'mongodb-livedata-server/dist/meteor/ejson/ejson';
