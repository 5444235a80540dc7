/** The report of `npm run mutate`: a table by file, and each mutant that no test has noticed. */

import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { MutantResult } from '@stryker-mutator/api/core';
import { markdownTable } from 'markdown-table';
import { EQUIVALENT_MUTANTS, type EquivalentMutant } from './equivalent-mutants';

/** The most characters that are shown of a change. */
const MAX_SHOWN = 110;

/** A mutant as text. */
export interface ShownMutant {
  /** Relative to the repository. */
  readonly file: string;
  readonly line: number;
  /** The source that it replaces, on one line. */
  readonly from: string;
  /** Its replacement, on one line. */
  readonly to: string;
  readonly status: 'killed' | 'timed out' | 'survived' | 'not covered' | 'equivalent';
}

export interface Report {
  readonly text: string;
  /** Of those that are not equivalent, 0 to 100. */
  readonly killedPercent: number;
  /** Entries about equivalent mutants that are wrong: there is no such mutant, or a test has noticed it. */
  readonly wrong: readonly EquivalentMutant[];
}

export function reportOf(results: readonly MutantResult[]): Report {
  const mutants = results.map(shownMutant);
  const files = [...new Set(mutants.map(({ file }) => file))].sort();
  const left = mutants.filter(({ status }) => status === 'survived' || status === 'not covered');
  const text = [
    markdownTable([
      ['file', 'mutants', 'killed', 'timed out', 'survived', 'not covered', 'equivalent', 'killed, %'],
      ...files.map((file) =>
        rowOf(
          file,
          mutants.filter((each) => each.file === file),
        ),
      ),
      rowOf('all', mutants),
    ]),
    ...left.map(
      ({ file, line, from, to, status }) => `${file}:${line} ${status}: ${cut(from)} -> ${cut(to)}`,
    ),
  ].join('\n');
  const isWrong = ({ file, from, to }: EquivalentMutant) =>
    files.includes(file) &&
    !mutants.some((each) => each.status === 'equivalent' && isAbout(each, { file, from, to }));
  return { text, killedPercent: percentOf(mutants), wrong: EQUIVALENT_MUTANTS.filter(isWrong) };
}

function shownMutant({ fileName, location, replacement, status }: MutantResult): ShownMutant {
  const { start, end } = location;
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line);
  lines.push((lines.pop() ?? '').slice(0, end.column - 1));
  const [first = '', ...others] = lines;
  const mutant = {
    file: relative('.', fileName),
    line: start.line,
    from: oneLine([first.slice(start.column - 1), ...others].join('\n')),
    to: oneLine(replacement ?? ''),
  };
  return { ...mutant, status: statusOf(status, mutant) };
}

function statusOf(
  status: MutantResult['status'],
  mutant: Omit<ShownMutant, 'status'>,
): ShownMutant['status'] {
  switch (status) {
    case 'Killed':
    // The process of the tests has ended.
    case 'RuntimeError':
      return 'killed';
    case 'Timeout':
      return 'timed out';
    case 'Survived':
    case 'NoCoverage':
      if (EQUIVALENT_MUTANTS.some((each) => isAbout(mutant, each))) return 'equivalent';
      return status === 'Survived' ? 'survived' : 'not covered';
    default:
      throw new Error(`${mutant.file}:${mutant.line} has the status ${status}`);
  }
}

function isAbout(
  mutant: Pick<ShownMutant, 'file' | 'from' | 'to'>,
  { file, from, to }: Pick<EquivalentMutant, 'file' | 'from' | 'to'>,
): boolean {
  return mutant.file === file && mutant.from === from && mutant.to === to;
}

function rowOf(title: string, mutants: readonly ShownMutant[]): string[] {
  const count = (wanted: ShownMutant['status']) => mutants.filter(({ status }) => status === wanted).length;
  const counts = (['killed', 'timed out', 'survived', 'not covered', 'equivalent'] as const).map(count);
  return [title, ...[mutants.length, ...counts, percentOf(mutants)].map(String)];
}

function percentOf(mutants: readonly ShownMutant[]): number {
  const counted = mutants.filter(({ status }) => status !== 'equivalent');
  const killed = counted.filter(({ status }) => status === 'killed' || status === 'timed out');
  return counted.length === 0 ? 100 : Math.floor((100 * killed.length) / counted.length);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function cut(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
