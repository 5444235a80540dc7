/** The page: two chats at the path `/side-by-side`, one chat at every other path. */

import { Meteor } from 'meteor/meteor';
import { showChat } from './chat';
import { element } from './element';
import { showSideBySide } from './side-by-side';

Meteor.startup(() => {
  document.documentElement.lang = 'en';
  const isSideBySide = location.pathname.replace(/\/$/, '') === '/side-by-side';
  const page = element(document, isSideBySide ? '#side-by-side' : '#chat', HTMLElement);
  page.hidden = false;
  if (isSideBySide) showSideBySide(page);
  else showChat(page);
});
