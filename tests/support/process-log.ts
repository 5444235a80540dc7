/** What child processes log. */

import type { ChildProcess } from 'node:child_process';

const logs: (() => string)[] = [];

/** Collects both output streams of a child process. @returns what it has logged so far */
export function collectLog({ stdout, stderr }: ChildProcess): () => string {
  let text = '';
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}

/** Collects the log of a node, which is then part of `everythingLogged`. */
export function collectNodeLog(child: ChildProcess): () => string {
  const log = collectLog(child);
  logs.push(log);
  return log;
}

/** Returns everything that every node of this process has logged so far. */
export function everythingLogged(): string {
  return logs.map((log) => log()).join('\n');
}
