/**
 * Tests whether change streams work on a connection.
 *
 * Called by `driver-selection.ts` where Meteor 3.5 is about to read one. Meteor trusts what the server says of itself
 * (`setName`, `isdbgrid`). FerretDB and DocumentDB say so without having change streams, and a stream that fails is
 * opened again every 100 ms for ever. So one is opened here first, once per connection.
 */

import { systemClock, withTimeout } from '../../base/time';
import { property } from '../../base/values';
import { reasonOf } from '../../observability/log';
import type { MeteorConnection } from '../connection';

/** Meteor's own options of a stream: it cannot use a server that refuses one of these. */
const STREAM_OPTIONS = {
  fullDocument: 'updateLookup',
  fullDocumentBeforeChange: 'whenAvailable',
  maxAwaitTimeMS: 1,
};
/** A server that has not answered by then is slow or away: its live queries are left to Meteor. In ms. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Of servers that are away, shut down or change roles (resumable errors in MongoDB's specification "Change Streams"). */
const TRANSIENT_CODES = new Set([
  ...[6, 7, 43, 50, 63, 89, 91, 133, 134, 150, 189, 234, 262],
  ...[9001, 10_107, 11_600, 11_602, 13_388, 13_435, 13_436],
]);

const answers = new WeakMap<MeteorConnection, Promise<string | undefined>>();

/**
 * Returns why change streams do not work, in the server's words; `undefined` when they work, or the server has not answered.
 *
 * @param collection where to open the stream; the answer is taken for the whole connection
 */
export function whyNoChangeStreams(
  connection: MeteorConnection,
  collection: string,
): Promise<string | undefined> {
  const known = answers.get(connection);
  if (known) return known;
  const answer = openStream(connection, collection).then(
    () => undefined,
    (error: unknown) => {
      if (isRefusal(error)) return reasonOf(error);
      // The next live query asks again.
      answers.delete(connection);
      return undefined;
    },
  );
  answers.set(connection, answer);
  return answer;
}

/** @throws the server's refusal, or an error of the connection */
async function openStream({ db }: MeteorConnection, collection: string): Promise<void> {
  const stream = db.collection(collection).watch([], STREAM_OPTIONS);
  try {
    await withTimeout(systemClock, ANSWER_TIMEOUT_MS, stream.tryNext());
  } finally {
    void stream.close().catch(() => {});
  }
}

/** Servers refuse with a number. Errors of the network have none. */
function isRefusal(error: unknown): boolean {
  const code = property(error, 'code');
  return typeof code === 'number' && !TRANSIENT_CODES.has(code);
}
