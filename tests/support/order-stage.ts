/** A feed stage whose documents have short names, for tests that force an order of reads, queries, writes and messages. */

import { rawItems } from './database';
import { FeedStage } from './feed-stage';
import { addTest, type Test } from './scope';

export interface Stored {
  readonly group?: string;
  readonly n?: number;
  readonly kind?: string;
}

/** A stage, and its documents: named by a word in the test, by a longer id in the database. */
export class OrderStage extends FeedStage {
  id(name: string): string {
    return `${this.group}-${name}`;
  }

  /** Inserts documents of the stage's group unless they say otherwise, past Cluster. */
  async store(documents: Readonly<Record<string, Stored>>): Promise<void> {
    const items = Object.entries(documents).map(([name, fields]) => {
      return { _id: this.id(name), group: this.group, n: 1, ...fields };
    });
    await rawItems().insertMany(items);
  }

  /** A peer writes, and its message arrives. */
  async change(name: string, $set: Stored): Promise<void> {
    await this.receive(await this.set(name, $set));
  }

  /** A peer writes. */
  set(name: string, $set: Stored) {
    return this.writeOnPeer(this.id(name), { $set });
  }

  /** Returns what a live query should show. */
  shows(documents: Readonly<Record<string, number>>): Record<string, number> {
    return Object.fromEntries(Object.entries(documents).map(([name, n]) => [this.id(name), n]));
  }
}

/** Returns a function that adds a test on a stage of its own. */
export function orderTests(subject: string) {
  return (outcome: string, run: (stage: OrderStage, test: Test) => Promise<void>): void =>
    addTest(`${subject} - ${outcome}`, async (test, scope) => {
      const stage = new OrderStage();
      scope.defer(() => stage.stop());
      await run(stage, test);
    });
}
