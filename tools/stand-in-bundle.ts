/**
 * Bundles a program of the stand-in, with its packages, into one file.
 *
 * Called by `run-on-stand-in.ts`, `chat-nodes.ts` and scripts that run the stand-in. Such a program loads one file, and needs
 * no compiler. In CPU time a node of the tests starts with 0.36 s, with the packages beside it 0.63 s, and without a bundle 2 s.
 * A process of the tests starts with 1.3 s, and without a bundle 5.3 s.
 */

import { readFile, rm } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Below `node_modules`, so that Node.js finds from there what is not bundled. */
const FOLDER = 'node_modules/.cache/meteor-cluster';

/** Not bundled: compilers, and what the driver and others load only where it is installed. */
const EXTERNAL = [
  'esbuild',
  'playwright-core',
  '@typescript/typescript6',
  ...['rollup', 'rollup-plugin-dts'],
  ...['kerberos', 'mongodb-client-encryption', 'aws4', 'snappy', 'socks', 'gcp-metadata'],
  ...['@mongodb-js/zstd', '@aws-sdk/credential-providers'],
  ...['bufferutil', 'utf-8-validate', 'supports-color'],
];
/** Packages of CommonJS call `require`, which a module does not have. */
const REQUIRE =
  "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.filename);";

/** Modules find files of the repository by their own URL, not by that of the bundle. */
const OWN_URLS: Plugin = {
  name: 'own URLs',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const own = JSON.stringify(pathToFileURL(path).href);
      return { loader: 'ts', contents: text.replaceAll('import.meta.url', own) };
    });
  },
};

/** How a program of the stand-in is bundled. Paths are relative to the working directory of esbuild. */
export const STAND_IN_BUNDLE = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: EXTERNAL,
  banner: { js: REQUIRE },
  plugins: [OWN_URLS],
  tsconfig: 'stand-in/tsconfig.json',
  logLevel: 'warning',
} satisfies BuildOptions;

/** The module that starts a node, or runs the registered tests. */
export const STAND_IN = 'stand-in/main.ts';

/** Returns code that loads modules, each when the one before has run. @param modules absolute, or relative to the root */
export function loading(...modules: readonly string[]): string {
  const from = (module: string) => JSON.stringify(isAbsolute(module) ? module : `./${module}`);
  return modules.map((module) => `await import(${from(module)});`).join('\n');
}

export interface Program {
  /** Says in the name of the file what it is. */
  readonly name: string;
  /** The main module, as in the root. */
  readonly code: string;
  /** Whether stacks can name the lines of the sources, with `--enable-source-maps`. @default false */
  readonly isMapped?: boolean;
}

export interface Bundle {
  /** The path of the program, which is this process's own. */
  readonly path: string;
  /** Removes it. */
  stop(): Promise<void>;
}

/** @param root the copy of the repository whose sources it takes. @default this one */
export async function bundleProgram({ name, code, isMapped = false }: Program, root = ROOT): Promise<Bundle> {
  const path = `${root}/${FOLDER}/${name}-${process.pid}.mjs`;
  await build({
    ...STAND_IN_BUNDLE,
    absWorkingDir: root,
    stdin: { contents: code, resolveDir: root },
    outfile: path,
    sourcemap: isMapped && 'linked',
  });
  const stop = async () => {
    await Promise.all([path, `${path}.map`].map((file) => rm(file, { force: true })));
  };
  return { path, stop };
}
