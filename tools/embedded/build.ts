/**
 * Builds the embedded servers: one Go program, built on first use into node_modules/.cache/meteor-cluster/.
 *
 * Called by services.ts on a machine without servers of its own. Reads the sources beside it, and writes only into that cache
 * and Go's own caches. The program is named by a hash of its sources, so that a change of these builds it again.
 */

import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import which from 'which';
import { guardProcess } from '../process-guard';

const SOURCES = fileURLToPath(new URL('.', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/meteor-cluster', import.meta.url));
/** The `go` directive of go.mod. */
export const GO_VERSION = '1.22';
const BUILD_FLAGS = ['-trimpath', '-buildvcs=false', '-tags=ferretdb_no_postgresql', '-ldflags=-s -w'];
const PROGRESS_INTERVAL_MS = 10_000;

/** The build that runs. `npm test` asks for servers several times at once. */
let building: Promise<void> | undefined;

/**
 * Returns the path of the program. Builds it when necessary, which takes about two minutes the first time.
 *
 * @param log called with the start, the progress and the end of a build
 * @returns undefined when it has not been built and no Go is on the PATH
 * @throws Error with Go's output when the build fails
 */
export async function embeddedProgram(log: (line: string) => void): Promise<string | undefined> {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = join(CACHE, `embedded-${process.platform}-${process.arch}-${await sourceHash()}${suffix}`);
  if (existsSync(program)) return program;
  const go = await which('go', { nothrow: true });
  if (go === null) return undefined;
  building ??= build(go, program, log).finally(() => {
    building = undefined;
  });
  await building;
  return program;
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256').update(BUILD_FLAGS.join('\n'));
  for (const name of ['go.mod', 'go.sum', 'main.go']) {
    hash.update(`\n${name}\n`).update(await readFile(join(SOURCES, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function build(go: string, program: string, log: (line: string) => void): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  // Another process may be building the same: each writes a file of its own, and the rename is atomic.
  const unfinished = `${program}.${randomUUID()}.tmp`;
  const started = Date.now();
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
  log('Embedded servers: building them with Go; the first time takes about two minutes');
  // With -v, Go logs each package when it starts to compile it.
  const child = execa(go, ['build', '-v', ...BUILD_FLAGS, '-o', unfinished, '.'], {
    cwd: SOURCES,
    // A Go that is too old must fail, instead of downloading another one.
    env: { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off' },
    all: true,
    detached: true,
    cleanup: false,
  });
  guardProcess(child);
  let last = 'starting';
  child.all.on('data', (text) => {
    last = String(text).trim().split('\n').at(-1) ?? last;
  });
  const progress = setInterval(
    () => log(`Embedded servers: still building after ${elapsed()}: ${last}`),
    PROGRESS_INTERVAL_MS,
  );
  try {
    await child;
    await rename(unfinished, program);
    log(`Embedded servers: built in ${elapsed()}`);
  } catch (error) {
    throw new Error(
      `The embedded servers could not be built. Go ${GO_VERSION} or later is needed. ${(error as Error).message}`,
    );
  } finally {
    clearInterval(progress);
    await rm(unfinished, { force: true });
  }
}
