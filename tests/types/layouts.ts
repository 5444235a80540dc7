/**
 * The ways in which an application's `tsc` finds the types of `meteor/cluster`.
 *
 * Each writes what the tool named by it writes into an application, and returns the `paths` that the tool asks for.
 */

import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Layout {
  readonly name: string;
  /** `meteor create --typescript` sets this one up. */
  readonly isAsCreated?: boolean;
  /**
   * Whether declarations are checked too, as with `meteor create --typescript`. Those of the packages are the same in every
   * layout. TypeScript 6 takes 8.0 s of CPU time with them, 2.4 s without.
   */
  readonly isCheckedWhole?: boolean;
  /** Writes the files. @returns the `paths` of the tsconfig */
  write(application: string): Promise<Record<string, string[]>>;
}

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const TYPES_OF_METEOR = './node_modules/@types/meteor/*';
const LOCAL_TYPES = './.meteor/local/types/packages.d.ts';
const ASSETS = ['cluster.d.ts', 'package-types.json'];

export const LAYOUTS: readonly Layout[] = [
  {
    name: 'a published package, with zodern:types',
    isAsCreated: true,
    isCheckedWhole: true,
    async write(application) {
      // zodern:types resolves `typesEntry` where package-types.json is: where an isopack has its assets.
      const isopack = join(application, 'home/packages/cluster/1.0.0');
      await copy(ASSETS, join(isopack, 'os/packages/cluster'));
      return writeZodernTypes(application, isopack, 'os/packages/cluster/cluster.d.ts');
    },
  },
  {
    name: 'a local package, with zodern:types',
    isAsCreated: true,
    async write(application) {
      // For a local package zodern:types takes the main module, whatever package-types.json says.
      const isopack = join(application, '.meteor/local/isopacks/cluster');
      await copy(['src'], join(isopack, 'os'));
      await copy(ASSETS, join(isopack, 'os/packages/cluster'));
      return writeZodernTypes(application, isopack, 'os/src/index.ts');
    },
  },
  {
    name: 'a published package, with `meteor types` of Meteor 3.6',
    async write(application) {
      const types = join(application, '.meteor/types');
      // A file that has a `declare module` of its own is copied as it is.
      await mkdir(join(types, 'packages/cluster'), { recursive: true });
      await cp(join(ROOT, 'cluster.d.ts'), join(types, 'packages/cluster/index.d.ts'));
      await write(join(types, 'packages.d.ts'), '/// <reference path="./packages/cluster/index.d.ts" />\n');
      return {
        'meteor/*': [
          './.meteor/types/packages/*',
          TYPES_OF_METEOR,
          LOCAL_TYPES,
          './.meteor/types/packages.d.ts',
        ],
      };
    },
  },
  {
    name: 'a local package and `paths` to cluster.d.ts',
    async write(application) {
      await copy(['cluster.d.ts', 'src'], join(application, 'packages/cluster'));
      return { 'meteor/cluster': ['./packages/cluster/cluster.d.ts'], 'meteor/*': [TYPES_OF_METEOR] };
    },
  },
  {
    name: 'a local package and `paths` to its main module',
    async write(application) {
      await copy(['src'], join(application, 'packages/cluster'));
      return { 'meteor/cluster': ['./packages/cluster/src/index.ts'], 'meteor/*': [TYPES_OF_METEOR] };
    },
  },
];

/** Writes what zodern:types 1.0.13 writes for a package whose types it has found. */
async function writeZodernTypes(application: string, isopack: string, entry: string) {
  const link = join(application, '.meteor/local/types/node_modules/package-types/cluster');
  await mkdir(join(isopack, 'npm'), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(isopack, 'npm/node_modules'));
  await mkdir(link, { recursive: true });
  await symlink(join(isopack, 'npm/node_modules'), join(link, 'node_modules'));
  await symlink(isopack, join(link, 'package'));
  await write(join(dirname(link), 'package.json'), '{ "name": "package-types" }\n');
  // The first ".ts" of the path is removed, so `cluster.d.ts` is required as `cluster.d`.
  const declaration = `
declare module 'meteor/cluster' {
  import exports = require('package-types/cluster/package/${entry.replace('.ts', '')}');
  export = exports;
}
`;
  await write(join(application, LOCAL_TYPES), declaration);
  return { 'meteor/*': [TYPES_OF_METEOR, LOCAL_TYPES] };
}

async function copy(names: readonly string[], to: string): Promise<void> {
  for (const name of names) await cp(join(ROOT, name), join(to, name), { recursive: true });
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
