/** The line that says who is typing, and what publishes that this user is. Called by `chat.ts`. */

import { Meteor } from 'meteor/meteor';
import { Mongo } from 'meteor/mongo';
import type { ShownTypist } from '../imports/typing';
import { element } from './element';

/** How often the page calls the node while the user is typing, in ms. */
const REPEAT_MS = 2000;

const Typists = new Mongo.Collection<ShownTypist>('typists');

/** Shows who else is typing in a room. */
export function showTypists(page: HTMLElement, room: string, name: HTMLInputElement): void {
  const line = element(page, '[data-typing]', HTMLElement);
  const label = element(line, '[data-typists]', HTMLElement);
  const names = new Map<string, string>();
  const show = () => {
    const others = [...names.values()].filter((other) => other !== name.value.trim()).sort();
    if (others.length > 0) label.textContent = describe(others);
    line.hidden = others.length === 0;
  };
  Typists.find().observeChanges({
    added(id, { name: typist = '' }) {
      names.set(id, typist);
      show();
    },
    removed(id) {
      names.delete(id);
      show();
    },
  });
  Meteor.subscribe('typing', room);
}

/** Calls the node while this user is typing, at most every 2 s. */
export function publishTyping(form: HTMLFormElement, room: string): void {
  const name = element(form, '[name=name]', HTMLInputElement);
  const text = element(form, '[name=text]', HTMLInputElement);
  let publishedAt = Number.NEGATIVE_INFINITY;
  text.addEventListener('input', () => {
    if (!text.value.trim() || !name.value.trim() || performance.now() - publishedAt < REPEAT_MS) return;
    publishedAt = performance.now();
    // Not worth a notice: sending the message will show the same error.
    Meteor.callAsync('typing', { room, name: name.value }).catch(() => {});
  });
  // At the first letter of the next message the page calls again.
  form.addEventListener('submit', () => {
    publishedAt = Number.NEGATIVE_INFINITY;
  });
}

function describe(names: readonly string[]): string {
  const [first, second] = names;
  if (names.length > 2) return `${names.length} people are typing`;
  return second === undefined ? `${first} is typing` : `${first} and ${second} are typing`;
}
