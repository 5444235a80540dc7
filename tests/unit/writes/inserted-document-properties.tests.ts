/** An inserted document, where it is known, is just as the driver stores it, and as Meteor reads it again. */

import fc from 'fast-check';
import { fields } from '../../../simulation/grammar/values';
import { throughDriver } from '../../../simulation/stored';
import { storedDocument } from '../../../src/writes/inserted-document';
import { expectSame, holds } from '../../support/properties';

const anything = fc.oneof(fields, fc.object({ withDate: true, withNullPrototype: true }));

holds(
  'inserted document - of any values, either nothing is known or what will be read',
  [anything],
  (values) => {
    const document = { ...values, _id: 'a' };
    const stored = storedDocument(document);
    if (stored) expectSame(stored, throughDriver(document));
  },
  2000,
);
