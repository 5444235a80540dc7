/**
 * Builds, runs and serves an application.
 *
 * Called by `main.ts` for an argument that is a folder. The server's imports of `meteor/*` resolve by `tsconfig.json`. The
 * page is served at every path.
 */

import type { Plugin } from 'esbuild';
import { buildPage, bundle, mainModulesOf } from './build-application';
import { servePage } from './page';

/** Leaves the server's imports of `meteor/*` external, so that it shares the modules of this process. */
const SERVER_PACKAGES: Plugin = {
  name: 'meteor packages',
  setup({ onResolve }) {
    onResolve({ filter: /^meteor\// }, ({ path }) => ({ path: import.meta.resolve(path), external: true }));
  },
};

/**
 * Runs the server's main module and serves the page.
 *
 * @throws Error when the folder has no application, or its code does not build
 */
export async function loadApplication(folder: string): Promise<void> {
  const { server } = await mainModulesOf(folder);
  // Bundled first: under Meteor the package.json must not have "type": "module", so Node would not import it as one.
  const program = await bundle(server, { platform: 'node', plugins: [SERVER_PACKAGES] });
  await import(`data:text/javascript;base64,${Buffer.from(program).toString('base64')}`);
  servePage(await buildPage(folder));
}
