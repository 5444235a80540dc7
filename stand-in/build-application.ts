/**
 * Builds an application: the main modules that its `package.json` names, `client/main.html` and the style sheets in `client/`.
 *
 * Called by application.ts when a node starts, and by tools/chat-nodes.ts for a bundle. Builds with esbuild. The page's imports
 * of `meteor/*` resolve to `client/`.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import type { Page } from './page';

const STAND_IN = fileURLToPath(new URL('.', import.meta.url));

/** The modules that replace the imports of the page. */
const CLIENT_PACKAGES = {
  'meteor/meteor': join(STAND_IN, 'client/meteor.ts'),
  'meteor/mongo': join(STAND_IN, 'client/mongo.ts'),
  'meteor/ddp': join(STAND_IN, 'packages/ddp.ts'),
  ws: join(STAND_IN, 'client/ws.ts'),
};

interface PackageJson {
  readonly meteor?: { readonly mainModule?: { readonly client?: string; readonly server?: string } };
}

/**
 * Returns the paths of the main modules.
 *
 * @throws Error when the folder has no application
 */
export async function mainModulesOf(folder: string): Promise<{ client: string; server: string }> {
  const { meteor } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageJson;
  const { client, server } = meteor?.mainModule ?? {};
  if (client && server) return { client: join(folder, client), server: join(folder, server) };
  throw new Error(
    `${join(folder, 'package.json')} has no meteor.mainModule.client and meteor.mainModule.server; set both to a path`,
  );
}

/** @throws Error when its code does not build */
export async function buildPage(folder: string): Promise<Page> {
  const { client } = await mainModulesOf(folder);
  const [script, style, html] = await Promise.all([
    bundle(client, { alias: CLIENT_PACKAGES }),
    readStyles(join(folder, 'client')),
    readFile(join(folder, 'client/main.html'), 'utf8'),
  ]);
  return { script, style, html };
}

export async function bundle(mainModule: string, options: BuildOptions): Promise<string> {
  const { outputFiles = [] } = await build({
    entryPoints: [mainModule],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    sourcemap: 'inline',
    logLevel: 'warning',
    ...options,
  });
  return outputFiles[0]?.text ?? '';
}

/** Returns the style sheets of a folder as one: in the order of their names, `main.css` last, as Meteor orders them. */
async function readStyles(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.css') && name !== 'main.css').sort();
  const sheets = [...names, 'main.css'].map((name) => readFile(join(folder, name), 'utf8'));
  return (await Promise.all(sheets)).join('\n');
}
