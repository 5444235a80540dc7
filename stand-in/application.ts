/**
 * Builds, runs and serves an application: the main modules that its `package.json` names, `client/main.html` and
 * the style sheets in `client/`.
 *
 * Called by `main.ts` for an argument that is a folder. Builds with esbuild, once, at start-up. The server's imports of
 * `meteor/*` resolve by `tsconfig.json`, the client's to `client/`. Adds routes to `WebApp.handlers`: the page is served
 * at every path.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { WebApp } from './packages/webapp';

const STAND_IN = fileURLToPath(new URL('.', import.meta.url));

/** The modules that replace the imports of the page. */
const CLIENT_PACKAGES = {
  'meteor/meteor': join(STAND_IN, 'client/meteor.ts'),
  'meteor/mongo': join(STAND_IN, 'client/mongo.ts'),
  'meteor/ddp': join(STAND_IN, 'packages/ddp.ts'),
  ws: join(STAND_IN, 'client/ws.ts'),
};

/** Leaves the server's imports of `meteor/*` external, so that it shares the modules of this process. */
const SERVER_PACKAGES: Plugin = {
  name: 'meteor packages',
  setup({ onResolve }) {
    onResolve({ filter: /^meteor\// }, ({ path }) => ({ path: import.meta.resolve(path), external: true }));
  },
};

interface PackageJson {
  readonly meteor?: { readonly mainModule?: { readonly client?: string; readonly server?: string } };
}

/**
 * Runs the server's main module and serves the page.
 *
 * @throws Error when the folder has no application, or its code does not build
 */
export async function loadApplication(folder: string): Promise<void> {
  const { meteor } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as PackageJson;
  const { client, server } = meteor?.mainModule ?? {};
  if (!client || !server) {
    throw new Error(
      `${join(folder, 'package.json')} has no meteor.mainModule.client and meteor.mainModule.server; set both to a path`,
    );
  }
  // Bundled first: under Meteor the package.json must not have "type": "module", so Node would not import it as one.
  const program = await bundle(join(folder, server), { platform: 'node', plugins: [SERVER_PACKAGES] });
  await import(`data:text/javascript;base64,${Buffer.from(program).toString('base64')}`);
  const [script, style, page] = await Promise.all([
    bundle(join(folder, client), { alias: CLIENT_PACKAGES }),
    readStyles(join(folder, 'client')),
    readFile(join(folder, 'client/main.html'), 'utf8'),
  ]);
  const { handlers } = WebApp;
  handlers.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  handlers.get('/main.js', (_request, response) => void response.type('js').send(script));
  handlers.get('/main.css', (_request, response) => void response.type('css').send(style));
  handlers.get('/{*path}', (_request, response) => void response.type('html').send(renderDocument(page)));
}

async function bundle(mainModule: string, options: BuildOptions): Promise<string> {
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

/** Returns the page with the head and body of the file inserted, as Meteor's package `static-html` does. */
function renderDocument(page: string): string {
  const contentOf = (tag: string) => new RegExp(`<${tag}>(.*)</${tag}>`, 's').exec(page)?.[1]?.trim() ?? '';
  return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<link rel="stylesheet" href="/main.css">
${contentOf('head')}
</head>
<body>
${contentOf('body')}
<script type="module" src="/main.js"></script>
</body>
</html>
`;
}
