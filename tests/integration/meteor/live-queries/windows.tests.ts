/** The window of an observe driver with a limit, as its state shows it. */

import { Tinytest } from 'meteor/tinytest';
import type { DriverDocuments, ObserveDriver } from '../../../../src/meteor/connection';
import type { StoredDocument } from '../../../../src/meteor/feed-contract';
import { followDriver } from '../../../../src/meteor/live-queries/driver-state';

/** A container whose last document is the one with the greatest id. */
class Heap implements DriverDocuments {
  readonly #documents = new Map<unknown, StoredDocument>();

  has(id: unknown): boolean {
    return this.#documents.has(id);
  }

  get(id: unknown): StoredDocument | undefined {
    return this.#documents.get(id);
  }

  set(id: unknown, document: StoredDocument): void {
    this.#documents.set(id, document);
  }

  remove(id: unknown): void {
    this.#documents.delete(id);
  }

  forEach(callback: (document: unknown, id: unknown) => void): void {
    for (const [id, document] of this.#documents) callback(document, id);
  }

  maxElementId(): unknown {
    return [...this.#documents.keys()].sort().at(-1) ?? null;
  }
}

Tinytest.add('windows - a driver reports its last document only while more may match', (test) => {
  const [published, buffer] = [new Heap(), new Heap()];
  const driver: { -readonly [Name in keyof ObserveDriver]: ObserveDriver[Name] } = {
    _phase: 'QUERYING',
    _published: published,
    _unpublishedBuffer: buffer,
    _safeAppendToBuffer: false,
  };
  const phases: [boolean, unknown][] = [];
  const isFollowed = followDriver(driver, {
    onPhase: (isSteady, last) => void phases.push([isSteady, last?.n]),
    onHold: () => {},
    onDifference: () => {},
    onRelease: () => {},
  });
  const becomeSteady = () => {
    driver._phase = 'QUERYING';
    driver._phase = 'STEADY';
    return phases.at(-1);
  };
  published.set('a', { n: 1 });
  test.equal([isFollowed, becomeSteady()], [true, [true, undefined]], 'the buffer is empty');
  buffer.set('b', { n: 2 });
  buffer.set('c', { n: 3 });
  test.equal(becomeSteady(), [true, 3]);
  driver._safeAppendToBuffer = true;
  test.equal(becomeSteady(), [true, undefined], 'a document behind the last one enters the buffer');
  driver._safeAppendToBuffer = undefined;
  test.equal(becomeSteady(), [true, undefined], 'a version of Meteor without this property');
  test.equal(phases.at(-2), [false, undefined], 'only a STEADY driver');
});
