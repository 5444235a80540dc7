/** The nodes of the example `examples/chat`. Called by demo.ts and by tests. */

import { fileURLToPath } from 'node:url';
import { buildPage, mainModulesOf } from '../stand-in/build-application';
import { guardDirectory } from './process-guard';
import { bundleProgram, loading, STAND_IN } from './stand-in-bundle';
import { type StandInNodes, type StandInNodesOptions, startStandInNodes, urlOf } from './stand-in-nodes';

const CHAT = fileURLToPath(new URL('../examples/chat', import.meta.url));

/** The path of the program, which is built at the first use. */
let bundled: Promise<string> | undefined;

/** Starts the nodes and waits until each answers. Each page links to all nodes. */
export async function startChatNodes(
  options: Omit<StandInNodesOptions, 'application'>,
): Promise<StandInNodes> {
  bundled ??= bundleChat();
  const env = { CHAT_NODES: options.ports.map(urlOf).join(','), ...options.env };
  return startStandInNodes({ ...options, application: { bundle: await bundled }, env });
}

/** In `npm test` a node of the chat takes 0.9 s of CPU time, and 1.9 s where it builds the chat itself. */
async function bundleChat(): Promise<string> {
  const [{ server }, page] = await Promise.all([mainModulesOf(CHAT), buildPage(CHAT)]);
  const code = [
    loading(server),
    `const { servePage } = await import('./stand-in/page.ts');`,
    `servePage(${JSON.stringify(page)});`,
    loading(STAND_IN),
  ];
  const { path } = await bundleProgram({ name: 'chat', code: code.join('\n') });
  guardDirectory(path);
  return path;
}
