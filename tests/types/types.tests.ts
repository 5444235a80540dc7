/**
 * The types of Cluster, as an application's `tsc` sees them. Reads files of the repository and runs `tsc`, so stand-in only.
 */

import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { addRepetition, addTest, type Scope } from '../support/scope';
import { LAYOUTS, type Layout, ROOT } from './layouts';

/** `compilerOptions` of `meteor create --typescript`, without Mocha and with more checks. */
const COMPILER_OPTIONS = {
  target: 'es2018',
  module: 'esNext',
  lib: ['esnext', 'dom'],
  allowJs: true,
  checkJs: false,
  jsx: 'preserve',
  noEmit: true,
  strict: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  resolveJsonModule: true,
  types: ['node'],
  esModuleInterop: true,
  preserveSymlinks: true,
};

interface Compiler {
  /** Its name in tests. */
  readonly version: 6 | 7;
  /** By its path: npm links only one of two programs named `tsc`, and not always the same. */
  readonly program: string;
  readonly options: object;
}

const TYPESCRIPT_7: Compiler = {
  version: 7,
  program: 'node_modules/typescript/bin/tsc',
  options: { moduleResolution: 'bundler' },
};
/** The options of a new application of Meteor 3.0 to 3.6, but for the version: it has TypeScript 5. */
const AS_CREATED: Compiler = {
  version: 6,
  program: 'node_modules/@typescript/typescript6/bin/tsc6',
  options: { moduleResolution: 'node', baseUrl: '.', ignoreDeprecations: '6.0' },
};

/** Returns the output of `tsc`: nothing where there is no error. */
async function check(scope: Scope, layout: Layout, { program, options }: Compiler): Promise<string> {
  const application = await mkdtemp(join(tmpdir(), 'cluster-types-'));
  scope.defer(() => rm(application, { recursive: true }));
  await symlink(join(ROOT, 'node_modules'), join(application, 'node_modules'));
  await cp(join(ROOT, 'tests/types/application.ts'), join(application, 'main.ts'));
  await writeFile(join(application, 'readme.ts'), await readmeSnippets());
  const paths = await layout.write(application);
  const skipLibCheck = !layout.isCheckedWhole;
  const compilerOptions = { ...COMPILER_OPTIONS, ...options, skipLibCheck, paths };
  const exclude = ['./.meteor/**', './packages/**', './home/**'];
  await writeFile(join(application, 'tsconfig.json'), JSON.stringify({ compilerOptions, exclude }));
  return run(program, ['--pretty', 'false'], application);
}

/** @returns the output of a compiler, whatever its exit code */
async function run(program: string, args: string[], cwd: string): Promise<string> {
  const { stdout } = await execa(process.execPath, [join(ROOT, program), ...args], { cwd, reject: false });
  return stdout;
}

/** Names that the snippets of the README take for known. */
const PREAMBLE = `
import { Mongo } from 'meteor/mongo';

const Posts = new Mongo.Collection<{ _id: string }>('posts');
const Comments = new Mongo.Collection<{ _id: string }>('comments');
interface Outside { insertMany(documents: object[]): Promise<{ insertedIds: Record<number, string> }> }
declare const client: { db(): { collection(name: string): Outside } };
declare const documents: object[];
declare const room: string;
declare const name: string;
declare function showTypist(typist: { room: string; name: string }): void;
`;

/** Returns the code of the README as one module. */
async function readmeSnippets(): Promise<string> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const snippets = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
  return [PREAMBLE, ...snippets].join('\n');
}

for (const layout of LAYOUTS) {
  addCheck(addTest, layout, TYPESCRIPT_7);
  if (layout.isAsCreated) addCheck(layout.isCheckedWhole ? addTest : addRepetition, layout, AS_CREATED);
}

function addCheck(add: typeof addTest, layout: Layout, compiler: Compiler): void {
  add(`types - ${layout.name}: TypeScript ${compiler.version} finds them`, async (test, scope) => {
    test.equal(await check(scope, layout, compiler), '');
  });
}

for (const { version, program } of [TYPESCRIPT_7, AS_CREATED]) {
  addTest(`types - TypeScript ${version} is the compiler of that version`, async (test) => {
    test.matches(await run(program, ['--version'], ROOT), new RegExp(`^Version ${version}\\.`));
  });
}

addTest('types - cluster.d.ts is what src/index.ts exports', async (test) => {
  // Loaded on demand: it loads a compiler, which takes each process of the tests 0.4 s.
  const { DECLARATIONS, generateDeclarations } = await import('../../tools/declarations');
  const isUpToDate = (await readFile(DECLARATIONS, 'utf8')) === (await generateDeclarations());
  test.isTrue(isUpToDate, 'cluster.d.ts is out of date: run `npm run declarations`');
});
