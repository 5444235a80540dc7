/** Stands in for `meteor/ejson`. */

export * as EJSON from 'mongodb-livedata-server/dist/meteor/ejson/ejson';
