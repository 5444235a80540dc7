/** Writes that clients make themselves, by allow rules, without a method of the application. */

import { DDP } from 'meteor/ddp';
import { Mongo } from 'meteor/mongo';
import { eventually } from '../../support/eventually';
import { newGroup } from '../../support/groups';
import { addTest, skipTest } from '../../support/scope';

const NAME = "client writes - what clients write by an allow rule is published by its documents' ids";

if ('allow' in Mongo.Collection.prototype) {
  addTest(NAME, async (test, scope) => {
    const [node] = await scope.startNodes({ cluster: { namespace: 'allowed' }, sync: ['open'] });
    const wire = await scope.listen('allowed');
    const client = await scope.use(DDP.connect(node.url), (connection) => connection.disconnect());
    const _id = newGroup();
    await client.callAsync('/open/insertAsync', { _id, n: 0 });
    await client.callAsync('/open/updateAsync', { _id }, { $set: { n: 1 } });
    await client.callAsync('/open/removeAsync', { _id });
    await eventually('the changes on the channel', () => wire.changes.length === 3);
    test.equal(
      wire.changes.map(({ collection, ids }) => [collection, ids]),
      [1, 2, 3].map(() => ['open', [_id]]),
    );
  });
} else {
  skipTest(NAME, 'the stand-in for Meteor has no allow rules');
}
