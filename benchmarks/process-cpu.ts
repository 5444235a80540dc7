/** The CPU time of another process. Called by site.ts. */

import { readFile } from 'node:fs/promises';

/** A tick of `/proc`: Linux counts 100 a second on every architecture in use. */
const TICK_MS = 10;

/** @returns ms; undefined where there is no such process or no `/proc` */
export async function cpuOfProcess(pid: number | undefined): Promise<number | undefined> {
  if (pid === undefined) return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name of the program, in parentheses, may contain spaces. User and system time are fields 14 and 15.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && TICK_MS * (Number(fields[11]) + Number(fields[12]));
}
