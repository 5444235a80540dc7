/**
 * Lets nodes run an earlier version of the package: a `tsconfig.json` that maps `meteor/cluster` to its sources.
 *
 * Called by site.ts. The stand-in and the benchmark's application are those of this version. Of the package they use `init`
 * with `url`, `namespace` and `strategy`, `sync` with a name, and `connected` and `peers` of `status`. The earlier version
 * must have these, and its dependencies installed.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guardDirectory } from '../tools/process-guard';

const pathOf = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));

export interface TsConfig {
  readonly path: string;
  remove(): void;
}

/** @param directory the absolute path of a checkout */
export function tsConfigFor(directory: string): TsConfig {
  const temporary = mkdtempSync(join(tmpdir(), 'meteor-cluster-'));
  const unguard = guardDirectory(temporary);
  const path = join(temporary, 'tsconfig.json');
  const paths = {
    'meteor/cluster': [join(directory, 'src/index.ts')],
    'meteor/*': [pathOf('stand-in/packages/*')],
  };
  writeFileSync(path, JSON.stringify({ extends: pathOf('tsconfig.json'), compilerOptions: { paths } }));
  const remove = () => {
    rmSync(temporary, { recursive: true, force: true });
    unguard();
  };
  return { path, remove };
}
