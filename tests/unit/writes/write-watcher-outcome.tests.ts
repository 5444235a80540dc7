/** The outcomes of a write that the write watcher reports. */

import { Tinytest } from 'meteor/tinytest';
import type { WriteOutcome } from '../../../src/writes/write-outcome';
import { failure, reportOf } from '../../support/watched-write';

const ONE = [{ _id: 'a' }, {}];
const MANY = [{ n: 1 }, {}, { multi: true }];
const INSERT = [{ _id: 'a' }];

Tinytest.addAsync('write watcher - an acknowledged write is committed', async (test) => {
  const cases: [string, unknown[], unknown][] = [
    ['insertAsync', INSERT, 'a'],
    ['insertAsync', INSERT, undefined],
    ['updateAsync', ONE, 1],
    ['updateAsync', MANY, 5],
    ['upsertAsync', ONE, { numberAffected: 1 }],
    ['upsertAsync', ONE, { numberAffected: 0, insertedId: 'a' }],
    ['removeAsync', [{}], 5],
    ['dropCollectionAsync', [], undefined],
  ];
  for (const [method, args, result] of cases) {
    test.equal((await reportOf(method, args, { result })).outcome, 'committed', `${method} ${result}`);
  }
});

Tinytest.addAsync('write watcher - a write that matched no document is unchanged', async (test) => {
  const cases: [string, unknown[], unknown][] = [
    ['updateAsync', [{ n: 1 }, {}], 0],
    ['updateAsync', ONE, { numberAffected: 0 }],
    ['removeAsync', [{ n: 1 }], 0],
    ['upsertAsync', [{ n: 1 }, {}], { numberAffected: 0 }],
  ];
  for (const [method, args, result] of cases) {
    test.equal((await reportOf(method, args, { result })).outcome, 'unchanged', `${method} ${result}`);
  }
});

Tinytest.addAsync(
  'write watcher - a failed write is indeterminate if part of it may be stored',
  async (test) => {
    const refusal = failure('MongoServerError', { code: 11000 });
    const shutdown = failure('MongoServerError', { errorLabels: ['RetryableWriteError'] });
    const cases: [string, unknown[], Error, WriteOutcome][] = [
      // The server has refused the only document.
      ['insertAsync', INSERT, refusal, 'unchanged'],
      ['updateAsync', ONE, refusal, 'unchanged'],
      ['upsertAsync', ONE, refusal, 'unchanged'],
      ['updateAsync', ONE, failure('MongoServerError', { errorLabels: [] }), 'unchanged'],
      // It may have reached some of several.
      ['updateAsync', MANY, refusal, 'indeterminate'],
      ['upsertAsync', MANY, refusal, 'indeterminate'],
      ['removeAsync', [{}], refusal, 'indeterminate'],
      ['removeAsync', [{ _id: 'a' }], refusal, 'indeterminate'],
      ['dropCollectionAsync', [], refusal, 'indeterminate'],
      // It stopped midway.
      ['updateAsync', ONE, shutdown, 'indeterminate'],
      // The driver does not know.
      ['updateAsync', ONE, failure('MongoNetworkError'), 'indeterminate'],
      ['insertAsync', INSERT, failure('MongoNetworkTimeoutError'), 'indeterminate'],
      ['insertAsync', INSERT, failure('MongoWriteConcernError'), 'indeterminate'],
      ['insertAsync', INSERT, failure('MongoPoolClearedError'), 'indeterminate'],
      ['updateAsync', MANY, failure('MongoBulkWriteError'), 'indeterminate'],
      // Nothing was sent.
      ['updateAsync', MANY, failure('MongoInvalidArgumentError'), 'unchanged'],
    ];
    for (const [method, args, error, outcome] of cases) {
      const report = await reportOf(method, args, { error });
      test.equal(report.outcome, outcome, `${method} ${JSON.stringify(args)} ${error.name}`);
    }
  },
);

Tinytest.addAsync(
  'write watcher - an error of another kind is unchanged where no hook can run',
  async (test) => {
    for (const error of [failure('Error'), failure('TypeError'), 'a text', undefined, { name: 5 }]) {
      test.equal((await reportOf('updateAsync', ONE, { error })).outcome, 'unchanged', String(error));
      test.equal((await reportOf('updateAsync', MANY, { error })).outcome, 'unchanged', String(error));
    }
  },
);

Tinytest.addAsync(
  'write watcher - an error of another kind is indeterminate where hooks can run',
  async (test) => {
    const options = { isInnermost: false };
    for (const error of [failure('Error'), 'a text', undefined]) {
      const report = await reportOf('updateAsync', ONE, { error }, options);
      test.equal(report, { outcome: 'indeterminate', ids: 'all' }, String(error));
    }
    const refusal = failure('MongoServerError');
    test.equal((await reportOf('updateAsync', ONE, { error: refusal }, options)).outcome, 'unchanged');
    const invalid = failure('MongoInvalidArgumentError');
    test.equal((await reportOf('updateAsync', ONE, { error: invalid }, options)).outcome, 'unchanged');
  },
);

Tinytest.addAsync(
  'write watcher - a failed write reports the ids and fields of its arguments',
  async (test) => {
    const error = failure('MongoNetworkError');
    const fields = { kind: 'update', fields: [['m', 'n2']] };
    const set = { $set: { m: 2 } };
    const findIds = async () => ['not asked for'];
    test.equal(await reportOf('updateAsync', [{ _id: 'a' }, set], { error }), {
      outcome: 'indeterminate',
      ids: ['a'],
      fields,
    });
    test.equal(await reportOf('updateAsync', [{ n: 1 }, set, { multi: true }], { error }, { findIds }), {
      outcome: 'indeterminate',
      ids: 'all',
      fields: { ...fields, selected: [{ path: 'n', scalars: ['n1'] }] },
    });
  },
);
