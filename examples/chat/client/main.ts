/** The page: two chats at the path `/side-by-side`, the cluster's status at `/status`, one chat at every other path. */

import { Meteor } from 'meteor/meteor';
import { showChat } from './chat';
import { element } from './element';
import { showSideBySide } from './side-by-side';
import { showStatus } from './status';

const PAGES = new Map<string, readonly [id: string, show: (page: HTMLElement) => void]>([
  ['side-by-side', ['side-by-side', showSideBySide]],
  ['status', ['status', showStatus]],
]);

Meteor.startup(() => {
  document.documentElement.lang = 'en';
  const name = location.pathname.replace(/^\/|\/$/g, '');
  const [id, show] = PAGES.get(name) ?? ['chat', showChat];
  const page = element(document, `#${id}`, HTMLElement);
  page.hidden = false;
  show(page);
});
