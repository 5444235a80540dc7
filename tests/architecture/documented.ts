/** The tables of docs/architecture.md, and the paths that it names. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ICruiseResult } from 'dependency-cruiser';
import { ROOT } from './rules';

/** How the table names the files that are in no folder of `src/`. */
const FACADE = 'files of `src/`';

export function documentation(): Promise<string> {
  return readFile(join(ROOT, 'docs/architecture.md'), 'utf8');
}

/** Returns the rows below a header, each as the texts of its cells. */
export function tableOf(text: string, ...header: readonly string[]): string[][] {
  const [, table = ''] = text.split(`| ${header.join(' | ')} |\n`);
  const [rows = ''] = table.split('\n\n');
  return rows
    .split('\n')
    .slice(1)
    .map((row) => row.slice(2, -2).split(' | '));
}

/** Returns the table of what each folder of `src/` imports, in the order of `folders`. */
export function importsByFolder({ modules }: ICruiseResult, folders: readonly string[]): string[][] {
  const imports = new Map<string, Set<string>>();
  for (const { source, dependencies } of modules) {
    if (!source.startsWith('src/')) continue;
    const folder = folderOf(source);
    const imported = imports.get(folder) ?? new Set();
    imports.set(folder, imported);
    for (const { resolved } of dependencies) {
      if (resolved.startsWith('src/') && folderOf(resolved) !== folder) imported.add(folderOf(resolved));
    }
  }
  const rank = (folder: string) => (folders.includes(folder) ? folders.indexOf(folder) : folders.length);
  const inOrder = (names: Iterable<string>) => [...names].sort().sort((a, b) => rank(a) - rank(b));
  return inOrder(imports.keys()).map((folder) => [
    folder,
    inOrder(imports.get(folder) ?? []).join(', ') || 'nothing',
  ]);
}

/** Returns the paths in backticks, and those that links lead to. */
export function pathsIn(text: string): string[] {
  const named = [...text.matchAll(/`([\w./-]+\.(?:ts|md)|[\w./-]+\/)`/g)];
  const linked = [...text.matchAll(/\]\(([^#)]+)(?:#[^)]*)?\)/g)];
  return [...new Set([...named, ...linked].flatMap(([, path]) => path ?? []))].sort();
}

function folderOf(source: string): string {
  const [, ...folders] = source.split('/').slice(0, -1);
  return folders.length === 0 ? FACADE : `\`${folders.join('/')}/\``;
}
