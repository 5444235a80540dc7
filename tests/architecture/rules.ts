/** Reads the imports of the repository, and the rules of `.dependency-cruiser.json` that they break. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ICruiseResult, IForbiddenRuleType } from 'dependency-cruiser';
import { execa } from 'execa';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const RULES = join(ROOT, '.dependency-cruiser.json');

export async function namesOfRules(): Promise<string[]> {
  const { forbidden }: { forbidden: IForbiddenRuleType[] } = JSON.parse(await readFile(RULES, 'utf8'));
  return forbidden.flatMap(({ name }) => name ?? []);
}

/**
 * Runs dependency-cruiser, in a process of its own: the loader of the tests changes how it finds its parser.
 *
 * @param root the folder that has `src/` and the others
 */
export async function dependencies(root: string, folders: readonly string[]): Promise<ICruiseResult> {
  const { stdout } = await execa('depcruise', ['--config', RULES, '--output-type', 'json', ...folders], {
    cwd: root,
    preferLocal: true,
    localDir: ROOT,
  });
  return JSON.parse(stdout);
}

/** Returns the violations, one a line. */
export function violationsOf({ summary }: ICruiseResult): string[] {
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}
