/**
 * Validates what clients send. Called by the publications and methods.
 *
 * Every error is a `Meteor.Error` with a reason that the page shows unchanged: what was expected, and what it got.
 */

import { Meteor } from 'meteor/meteor';
import type { Message } from '../imports/messages';
import { SLOTS, type Write } from '../imports/traffic';
import type { Typist } from '../imports/typing';

/** The longest values, in characters, without white space at both ends. */
const LIMITS = { room: 60, name: 40, text: 1000, node: 100 };

const TITLES = { room: 'The room', name: 'The name', text: 'The message', node: 'The node' };

/**
 * @param field the field, which has the limit
 * @returns the value without white space at both ends
 * @throws Meteor.Error `bad-message`
 */
export function readText(field: keyof typeof LIMITS, value: unknown): string {
  const text = typeof value === 'string' ? value.trim() : '';
  const { length } = Array.from(text);
  if (length > 0 && length <= LIMITS[field]) return text;
  throw invalid(
    `${TITLES[field]} must be text of 1 to ${LIMITS[field]} characters; got ` +
      (length > 0 ? `${length} characters` : describe(value)),
  );
}

/** @throws Meteor.Error `bad-message` */
export function readMessage(value: unknown): Omit<Message, '_id' | 'at'> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`A message must be an object {room, name, text}; got ${describe(value)}`);
  }
  const { room, name, text, sentAt } = value as Record<string, unknown>;
  return {
    room: readText('room', room),
    name: readText('name', name),
    text: readText('text', text),
    ...(sentAt === undefined ? {} : { sentAt: readTime(sentAt) }),
  };
}

/** @throws Meteor.Error `bad-message` */
export function readTypist(value: unknown): Typist {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`A typist must be an object {room, name}; got ${describe(value)}`);
  }
  const { room, name } = value as Record<string, unknown>;
  return { room: readText('room', room), name: readText('name', name) };
}

/** @throws Meteor.Error `bad-message` */
export function readWrite(value: unknown): Write {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`A write must be an object {node, slot}; got ${describe(value)}`);
  }
  const { node, slot } = value as Record<string, unknown>;
  if (typeof slot === 'number' && Number.isInteger(slot) && slot >= 0 && slot < SLOTS) {
    return { node: readText('node', node), slot };
  }
  throw invalid(`The slot must be a whole number from 0 to ${SLOTS - 1}; got ${describe(slot)}`);
}

/** @throws Meteor.Error `bad-message` */
export function readSwitch(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(`setCluster takes true or false; got ${describe(value)}`);
}

function readTime(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw invalid(`sentAt must be a finite number, in ms since the epoch; got ${describe(value)}`);
}

function invalid(reason: string): Meteor.Error {
  return new Meteor.Error('bad-message', reason);
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return value.trim() === '' ? 'empty text' : 'text';
  if (typeof value === 'number') return `the number ${value}`;
  if (typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : 'an object';
}
