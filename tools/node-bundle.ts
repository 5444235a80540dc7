/**
 * Bundles the program of the tests' nodes into one file.
 *
 * Called by `run-on-stand-in.ts`. A node then loads no file of the tests but its own, and needs no compiler: it starts with a
 * third of the CPU time and half of the memory.
 */

import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Below `node_modules`, so that Node.js finds the packages from there. */
const FOLDER = 'node_modules/.cache/meteor-cluster';

/** Files of the library are imported without their ending, as TypeScript wants them, and Node.js does not. */
const LIBRARY_FILES: Plugin = {
  name: 'library-files',
  setup({ onResolve }) {
    onResolve({ filter: /^mongodb-livedata-server\/dist\// }, ({ path }) => ({
      path: path.endsWith('.js') ? path : `${path}.js`,
      external: true,
    }));
  },
};

/** How a program of the stand-in is bundled. Paths are relative to the working directory of esbuild. */
export const STAND_IN_BUNDLE = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  tsconfig: 'stand-in/tsconfig.json',
  sourcemap: 'inline',
  logLevel: 'warning',
  plugins: [LIBRARY_FILES],
} as const satisfies BuildOptions;

/** @returns the path of the program, which is this run's own */
export async function bundleNode(): Promise<string> {
  const outfile = `${ROOT}${FOLDER}/test-node-${process.pid}.mjs`;
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['tests/support/node-main.ts'],
    outfile,
    ...STAND_IN_BUNDLE,
  });
  return outfile;
}
