/** The rules of docs/architecture.md hold. Reads files of the repository, so stand-in only. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { addTest } from '../support/scope';
import { documentation, importsByFolder, pathsIn, tableOf } from './documented';
import { dependencies, namesOfRules, ROOT, violationsOf } from './rules';

/** A package that breaks each rule in one place, beside places that keep it. */
const BROKEN: Readonly<Record<string, string>> = {
  'src/index.ts': `
    import 'node:util';
    import 'meteor/meteor';
    import './session/session';
    export * from './circle/one';
    export * from './meteor/ids';
    export { redis } from './redis/client';
    export const tools = () => import('../tools/random');`,
  'src/circle/one.ts': "import type { Two } from './two';\nexport const one: Two = 1;",
  'src/circle/two.ts': "import { one } from './one';\nexport type Two = typeof one;",
  'src/orphan.ts': "export { one } from './circle/one';",
  'src/meteor/ids.ts': "export { LocalCollection } from 'meteor/minimongo';",
  'src/redis/client.ts': "import * as redis from 'redis';\nexport { redis };",
  'src/session/session.ts': `
    import { choose } from './choose-strategy';
    import type { Strategy } from '../strategies/strategy';
    import type { Feed } from '../strategies/feed/feed';
    export const strategy: Strategy | Feed = choose();`,
  'src/session/choose-strategy.ts': "export { choose } from '../strategies/feed/feed';",
  'src/strategies/strategy.ts': "export type { EJSON as Strategy } from 'meteor/ejson';",
  'src/strategies/feed/feed.ts':
    "export type { RedisClientOptions as Feed } from 'redis';\nexport const choose = 1;",
  'simulation/main.ts': "import '../tests/help';\nimport '../src/index';",
  'stand-in/main.ts': "import '../src/index';",
  'tests/help.ts': "import '../simulation/main';",
  'tools/random.ts': 'export const random = 1;',
};

const BREACHES = [
  'a-session-knows-strategies-by-their-interface: src/session/session.ts -> src/strategies/feed/feed.ts',
  'no-circle: src/circle/one.ts -> src/circle/two.ts',
  'no-orphan: src/orphan.ts -> src/orphan.ts',
  'only-meteor-and-the-facade-import-meteor: src/strategies/strategy.ts -> meteor/ejson',
  'only-redis-imports-redis: src/strategies/feed/feed.ts -> redis',
  'the-package-imports-nothing-else: src/index.ts -> tools/random.ts',
  'the-simulation-imports-no-tests: simulation/main.ts -> tests/help.ts',
  'the-stand-in-imports-nothing-of-the-package: stand-in/main.ts -> src/index.ts',
];

addTest('architecture - the rules of what imports what hold', async (test) => {
  test.equal(violationsOf(await dependencies(ROOT, ['src', 'simulation', 'stand-in'])), []);
});

addTest('architecture - each rule finds what breaks it, and nothing else', async (test, scope) => {
  const root = await mkdtemp(join(tmpdir(), 'cluster-architecture-'));
  scope.defer(() => rm(root, { recursive: true }));
  for (const [path, text] of Object.entries(BROKEN)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const result = await dependencies(root, ['src', 'simulation', 'stand-in']);
  test.equal(violationsOf(result).toSorted(), BREACHES);
  const broken = new Set(result.summary.violations.map(({ rule }) => rule.name));
  test.equal([...broken].sort(), (await namesOfRules()).toSorted());
});

addTest('architecture - docs/architecture.md has what each folder imports, downwards', async (test) => {
  const documented = tableOf(await documentation(), 'folder', 'imports');
  const folders = documented.map(([folder = '']) => folder);
  const imported = importsByFolder(await dependencies(ROOT, ['src']), folders);
  const asTable = (rows: readonly string[][]) => rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
  test.equal(asTable(documented), asTable(imported));
  for (const [n, [folder, imports = '']] of imported.entries()) {
    const upwards = folders.slice(0, n).filter((above) => imports.split(', ').includes(above));
    test.equal(upwards, [], `${folder} imports folders above it`);
  }
});

addTest('architecture - docs/architecture.md describes each folder of src/ once', async (test) => {
  const text = await documentation();
  const names = (table: readonly string[][]) => table.map(([folder = '']) => folder).toSorted();
  test.equal(names(tableOf(text, 'folder', 'concern')), names(tableOf(text, 'folder', 'imports')));
});

addTest('architecture - every path that docs/architecture.md names exists', async (test) => {
  const { stdout } = await execa('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  const files = stdout.split('\n');
  // A path may start in the root, in docs/, in src/, or be the name alone of a file of src/.
  const paths = files.flatMap((file) => [
    file,
    file.replace(/^(src|docs)\//, ''),
    file.replace(/^src\/.*\//, ''),
  ]);
  const exists = (path: string) =>
    path.endsWith('/') ? paths.some((each) => each.startsWith(path)) : paths.includes(path);
  const named = pathsIn(await documentation());
  test.isTrue(named.length > 50, `only ${named.length} paths are named`);
  test.equal(
    named.filter((path) => !exists(path)),
    [],
  );
});
