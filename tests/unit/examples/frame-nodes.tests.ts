/** The nodes of the two chats on the demo's side-by-side page. Runs on the stand-in only: it loads a file of the example. */

import { Tinytest } from 'meteor/tinytest';
import { nodesOfFrames } from '../../../examples/chat/client/frame-nodes';

Tinytest.add('side by side - the chats begin on the first two nodes', (test) => {
  test.equal(nodesOfFrames([undefined, undefined], ['a', 'b', 'c']), ['a', 'b']);
});

Tinytest.add('side by side - a chat stays on its node while that runs', (test) => {
  test.equal(nodesOfFrames(['b', 'c'], ['a', 'b', 'c']), ['b', 'c']);
  test.equal(nodesOfFrames(['a', 'b'], ['b', 'c']), ['c', 'b']);
});

Tinytest.add('side by side - both chats are on the only node, until another runs', (test) => {
  test.equal(nodesOfFrames(['a', 'b'], ['a']), ['a', 'a']);
  test.equal(nodesOfFrames(['a', 'a'], ['a', 'b']), ['a', 'b']);
});
