/**
 * Generates `cluster.d.ts`, the types that applications see, from what `src/index.ts` exports. Members that are marked
 * `@internal` are left out.
 *
 * Called by scripts/declarations.ts, which writes the file, and by a test, which compares it.
 */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const DECLARATIONS = fileURLToPath(new URL('../cluster.d.ts', import.meta.url));

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSCONFIG = fileURLToPath(new URL('../tsconfig.json', import.meta.url));
const ENTRY = fileURLToPath(new URL('../src/index.ts', import.meta.url));
const VALUE_EXPORTS = /^export \{([^}]*)\};$/m;
const TYPE_EXPORTS = /^export type \{([^}]*)\};$/m;
const BANNER =
  '/** The types of `meteor/cluster`. Generated from `src/` by `npm run declarations`: do not edit. */\n\n';

/** Returns the text of `cluster.d.ts`, formatted as the repository is. */
export async function generateDeclarations(): Promise<string> {
  // Loaded on demand: they take each process of the tests 0.3 s.
  const [{ rollup }, { dts }] = await Promise.all([import('rollup'), import('rollup-plugin-dts')]);
  const bundle = await rollup({
    input: ENTRY,
    external: /^(meteor\/|node:|redis$)/,
    plugins: [dts({ tsconfig: TSCONFIG, compilerOptions: { stripInternal: true } })],
  });
  try {
    const { output } = await bundle.generate({ format: 'es' });
    const code = BANNER + withoutHeaders(output[0].code);
    return await format(withTypeExports(code, await readFile(ENTRY, 'utf8')));
  } finally {
    await bundle.close();
  }
}

/** Removes the comments that describe a whole source file: those that no declaration follows. */
function withoutHeaders(code: string): string {
  return code.replace(/^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n(?=\n|\/\*\*)/gm, '');
}

/** The bundler exports every class as a value. Restores `export type` of `src/index.ts`. */
function withTypeExports(code: string, entry: string): string {
  const types = [...entry.matchAll(/^export type \{([^}]*)\}/gm)].flatMap(([, names]) => namesIn(names));
  const [, exported] = code.match(VALUE_EXPORTS) ?? [];
  const values = namesIn(exported).filter((name) => !types.includes(name));
  return code
    .replace(VALUE_EXPORTS, `export { ${values.join(', ')} };`)
    .replace(TYPE_EXPORTS, `export type { ${types.sort().join(', ')} };`);
}

function namesIn(list = ''): string[] {
  return list.split(',').flatMap((name) => name.trim() || []);
}

async function format(code: string): Promise<string> {
  const { stdout } = await execa('biome', ['format', '--stdin-file-path=cluster.d.ts'], {
    cwd: ROOT,
    input: code,
    preferLocal: true,
    localDir: ROOT,
    stripFinalNewline: false,
  });
  return stdout;
}
