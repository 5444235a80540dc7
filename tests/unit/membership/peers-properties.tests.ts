/** Properties of the peers: each lost message is noticed, and nothing else is taken for a gap. */

import fc from 'fast-check';
import { Peers } from '../../../src/membership/peers';
import { expect, expectSame, holds } from '../../support/properties';

const NODES = ['a', 'b', 'c'];
const COLLECTIONS = ['x', 'y'];

/** A message: a change, or a heartbeat with the counts of that moment. */
type Message =
  | { readonly node: string; readonly collection: string; readonly seq: number }
  | { readonly node: string; readonly heartbeat: number; readonly counts: ReadonlyMap<string, number> };

/** The messages that some nodes publish, in order. */
const published: fc.Arbitrary<Message[]> = fc
  .array(fc.tuple(fc.constantFrom(...NODES), fc.constantFrom(...COLLECTIONS, undefined)), {
    maxLength: 60,
    size: 'max',
  })
  .map((steps) => {
    const countsOf = new Map(
      NODES.map((node) => [node, new Map(COLLECTIONS.map((collection) => [collection, 0]))]),
    );
    return steps.map(([node, collection], heartbeat): Message => {
      const counts = countsOf.get(node) as Map<string, number>;
      if (collection === undefined) return { node, heartbeat: heartbeat + 1, counts: new Map(counts) };
      const seq = (counts.get(collection) ?? 0) + 1;
      counts.set(collection, seq);
      return { node, collection, seq };
    });
  });

/** Returns the collections with a gap. */
function receive(peers: Peers, message: Message): string[] {
  if ('counts' in message)
    return peers.receiveCounts({
      node: message.node,
      heartbeat: message.heartbeat,
      counts: message.counts,
      at: 0,
      isComplete: true,
    });
  const { node, collection, seq } = message;
  return peers.receiveChange(node, collection, seq, 0) === 'gap' ? [collection] : [];
}

function collectionsOf(message: Message): string[] {
  return 'counts' in message ? [...message.counts.keys()] : [message.collection];
}

/** Returns the number of the last change to a collection that a message shows to be published. */
function lastShown(message: Message, node: string, collection: string): number {
  if (message.node !== node) return 0;
  if ('counts' in message) return message.counts.get(collection) ?? 0;
  return message.collection === collection ? message.seq : 0;
}

holds(
  'peers - in order, some doubled, from the first message on there is no gap',
  [published, fc.infiniteStream(fc.boolean())],
  (messages, isDoubled) => {
    const peers = new Peers();
    for (const message of messages) {
      expectSame(receive(peers, message), []);
      if (isDoubled.next().value) expectSame(receive(peers, message), []);
    }
  },
);

holds(
  'peers - in order, of those who join later, a gap is the first message that shows earlier changes',
  [published, fc.nat(60)],
  (messages, missed) => {
    const peers = new Peers();
    const known = new Set<string>();
    for (const message of messages.slice(missed)) {
      const { node } = message;
      const showsEarlier = (collection: string) =>
        !known.has(`${node} ${collection}`) &&
        lastShown(message, node, collection) > ('counts' in message ? 0 : 1);
      expectSame(receive(peers, message), collectionsOf(message).filter(showsEarlier));
      for (const collection of collectionsOf(message)) known.add(`${node} ${collection}`);
    }
  },
);

holds(
  'peers - a lost change is a gap at the first message that shows it, however the others are doubled and mixed',
  [
    published.chain((messages) => {
      const copies = fc.array(fc.constantFrom(0, 1, 1, 2), {
        minLength: messages.length,
        maxLength: messages.length,
      });
      return copies.chain((numbers) => {
        const arriving = messages.flatMap((message, index) =>
          Array.from({ length: numbers[index] ?? 0 }, () => message),
        );
        const mixed = fc.shuffledSubarray(arriving, { minLength: arriving.length });
        return fc.record({
          messages: fc.constant(messages),
          received: fc.oneof(mixed, fc.constant(arriving)),
        });
      });
    }),
  ],
  ({ messages, received }) => {
    const peers = new Peers();
    const gaps = received.map((message) => receive(peers, message));
    for (const lost of messages.filter((message) => !received.includes(message))) {
      if ('counts' in lost) continue;
      const { node, collection, seq } = lost;
      const first = received.findIndex((message) => lastShown(message, node, collection) >= seq);
      const isNoticed = first === -1 || gaps[first]?.includes(collection) === true;
      expect(isNoticed, `change ${seq} of ${node} to ${collection} is not noticed`);
    }
  },
  1000,
);

holds(
  'peers - an expired peer that returns has a gap only where it has published meanwhile',
  [published],
  (messages) => {
    const peers = new Peers();
    for (const message of messages) receive(peers, message);
    const known = new Set(messages.map(({ node }) => node));
    expectSame(peers.count, known.size);
    const hasAnnounced = (node: string) => messages.some((each) => each.node === node && 'counts' in each);
    const expected = [...known].every(hasAnnounced) ? messages.flatMap(collectionsOf) : COLLECTIONS;
    expectSame(peers.expire(1, 1, COLLECTIONS).sort(), [...new Set(expected)].sort());
    expectSame(peers.count, 0);
    for (const node of known) {
      const last = (collection: string) =>
        Math.max(...messages.map((message) => lastShown(message, node, collection)));
      const counts = new Map(COLLECTIONS.map((collection) => [collection, last(collection)]));
      expectSame(peers.receiveCounts({ node, heartbeat: 101, counts, at: 1, isComplete: true }), []);
      const more = new Map(COLLECTIONS.map((collection) => [collection, last(collection) + 1]));
      expectSame(
        peers.receiveCounts({ node, heartbeat: 102, counts: more, at: 1, isComplete: true }),
        COLLECTIONS,
      );
    }
  },
);
