/**
 * The embedded servers: one Go program, built on first use into node_modules/.cache/meteor-cluster/.
 *
 * Called by services.ts when a machine has no server of its own. Reads tools/embedded/, writes only into that cache
 * (and Go's own caches). The program is named by a hash of its sources, so a change of these builds it anew.
 */

import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOnPath, spawnWatched } from './child-server';

const SOURCES = fileURLToPath(new URL('embedded', import.meta.url));
const CACHE = fileURLToPath(new URL('../node_modules/.cache/meteor-cluster', import.meta.url));

/** The `go` directive of go.mod. */
export const GO_VERSION = '1.22';

const BUILD_FLAGS = ['-trimpath', '-buildvcs=false', '-tags=ferretdb_no_postgresql', '-ldflags=-s -w'];

/** How often the build says that it is still at work, ms. */
const PROGRESS_INTERVAL = 10_000;

/**
 * The path of the program with the embedded servers, built if need be. That takes about two minutes the first time.
 *
 * @param log told when a build starts, how it goes, and how long it took
 * @returns undefined, if it has not been built and there is no Go on the PATH to do it
 * @throws Error with the end of Go's output, if the build fails
 */
export async function embeddedProgram(log: (line: string) => void): Promise<string | undefined> {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = join(CACHE, `embedded-${process.platform}-${process.arch}-${await sourceHash()}${suffix}`);
  if (existsSync(program)) return program;
  const go = findOnPath('go');
  if (go === undefined) return undefined;
  return build(go, program, log);
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256').update(BUILD_FLAGS.join('\n'));
  for (const name of ['go.mod', 'go.sum', 'main.go']) {
    hash.update(`\n${name}\n`).update(await readFile(join(SOURCES, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function build(go: string, program: string, log: (line: string) => void): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  // Another process may be building the same: each writes a file of its own, and the rename is atomic.
  const unfinished = `${program}.${randomUUID()}.tmp`;
  const started = Date.now();
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;

  let now = 'starting';
  // With -v, Go names each package as it gets to it.
  const child = spawnWatched(
    go,
    ['build', '-C', SOURCES, '-v', ...BUILD_FLAGS, '-o', unfinished, '.'],
    (line) => {
      now = line.startsWith('go: ') ? line.slice(4) : `compiling ${line}`;
    },
    // A Go that is too old shall say so, instead of downloading another one.
    { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off' },
  );
  log('Embedded servers: building them with Go; the first time takes about two minutes');
  const progress = setInterval(
    () => log(`Embedded servers: still building after ${elapsed()}: ${now}`),
    PROGRESS_INTERVAL,
  );
  try {
    const how = await child.ended;
    if (how !== 'exit code 0') {
      throw new Error(
        `The embedded servers could not be built (Go ${GO_VERSION} or later is needed; ` +
          `go build: ${how}):\n${child.tail()}`,
      );
    }
    await rename(unfinished, program);
    log(`Embedded servers: built in ${elapsed()}`);
    return program;
  } finally {
    clearInterval(progress);
    await rm(unfinished, { force: true });
  }
}
