/**
 * The chat: the messages of a room, and a form to send one.
 *
 * Called by `main.ts`. Query parameters: `room`, `name`, and `embedded` inside the side-by-side page.
 */

import { Meteor } from 'meteor/meteor';
import { Messages } from '../imports/messages';
import type { NodeState } from '../imports/node-state';
import { ClusterSwitch, isAway } from './cluster-switch';
import { element, reasonOf, setNotice } from './element';
import { MessageList } from './message-list';
import { followNode } from './node';
import { publishTyping, showTypists } from './typing';

/** How often the connection's status is read, in ms. */
const STATUS_INTERVAL_MS = 500;

export function showChat(page: HTMLElement): void {
  const parameters = new URLSearchParams(location.search);
  const room = parameters.get('room') ?? 'lobby';
  const form = element(page, '[data-composer]', HTMLFormElement);
  const name = element(form, '[name=name]', HTMLInputElement);
  const error = element(form, '[data-error]', HTMLElement);
  name.value = parameters.get('name') ?? '';
  const isEmbedded = parameters.has('embedded');
  page.classList.toggle('embedded', isEmbedded);
  element(page, '[data-title]', HTMLElement).textContent = isEmbedded ? name.value : `#${room}`;
  if (name.value) document.title = `${name.value} – ${document.title}`;

  showNode(page);
  showMessages(page, room, name, error);
  showTypists(page, room, name);
  publishTyping(form, room);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send(form, room, Date.now());
  });
  if (!isEmbedded) element(form, name.value ? '.text' : '.name', HTMLInputElement).focus();
}

function showNode(page: HTMLElement): void {
  const clusterSwitch = new ClusterSwitch(page);
  const label = element(page, '[data-node]', HTMLElement);
  let node: NodeState | undefined;
  const showStatus = () => {
    const { connected } = Meteor.status();
    page.classList.toggle('connected', connected);
    label.textContent = connected && node ? describe(node) : 'connecting …';
  };
  followNode((state) => {
    node = state;
    clusterSwitch.show(state);
    showStatus();
  });
  setInterval(showStatus, STATUS_INTERVAL_MS);
}

function describe(node: NodeState): string {
  return isAway(node) ? `${node.name}, no Redis` : node.name;
}

function showMessages(page: HTMLElement, room: string, name: HTMLInputElement, error: HTMLElement): void {
  const messages = element(page, '[data-messages]', HTMLElement);
  const list = new MessageList(messages);
  // By id, because after a reconnect the server sends every message again: those keep their latency.
  const latencies = new Map<string, number | undefined>();
  let isLive = false;
  Messages.find().observeChanges({
    added(_id, fields) {
      const message = { _id, ...fields } as Required<typeof fields> & { _id: string };
      if (!latencies.has(_id)) {
        const isTimed = isLive && fields.sentAt !== undefined;
        latencies.set(_id, isTimed ? Math.max(0, Date.now() - message.sentAt) : undefined);
      }
      list.add(message, message.name === name.value.trim(), latencies.get(_id));
    },
    removed: (id) => list.remove(id),
  });
  Meteor.subscribe('room', room, {
    onReady: () => {
      isLive = true;
      messages.ariaBusy = 'false';
    },
    onStop: (stopped?: unknown) => {
      if (stopped) setNotice(error, reasonOf(stopped));
    },
  });
}

/** @param sentAt when the user clicked */
async function send(form: HTMLFormElement, room: string, sentAt: number): Promise<void> {
  const name = element(form, '[name=name]', HTMLInputElement);
  const text = element(form, '[name=text]', HTMLInputElement);
  const error = element(form, '[data-error]', HTMLElement);
  const submitted = text.value;
  text.value = '';
  text.focus();
  try {
    await Meteor.callAsync('send', { room, name: name.value, text: submitted, sentAt });
    setNotice(error, '');
  } catch (reason) {
    setNotice(error, reasonOf(reason));
    // Restored so that it can be corrected, unless the user is typing the next message already.
    if (text.value === '') text.value = submitted;
  }
}
