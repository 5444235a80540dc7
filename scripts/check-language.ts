/**
 * Checks the language of comments and pages. Part of `npm run lint`.
 *
 * Finds three kinds of faults without understanding a text: long sentences, clauses as subjects, and words that the
 * glossary has replaced. `docs/glossary.md` lists these in its column "not".
 */

import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { faultsOf, replacedTerms } from '../tools/language';
import { proseOfMarkdown, proseOfSource } from '../tools/prose';

const GLOSSARY = 'docs/glossary.md';
/** Written by `npm run declarations`: the comments of `src/` once more. */
const GENERATED = 'cluster.d.ts';

const terms = replacedTerms(await readFile(GLOSSARY, 'utf8'));
const faults = (await Promise.all((await files()).map(check))).flat();
for (const fault of faults) console.log(fault);
console.log(faults.length === 0 ? 'No faults of language.' : `${faults.length} faults of language`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** Returns the paths of all sources and pages that Git knows, or would add. */
async function files(): Promise<string[]> {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '*.ts', '*.md'];
  const [known, deleted] = await Promise.all([execa('git', list), execa('git', ['ls-files', '--deleted'])]);
  const without = new Set([...deleted.stdout.split('\n'), GENERATED]);
  return known.stdout.split('\n').filter((file) => !without.has(file));
}

async function check(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  const sentences = file.endsWith('.md') ? proseOfMarkdown(text) : proseOfSource(text);
  // The glossary names what its terms replace.
  const ownTerms = file === GLOSSARY ? [] : terms;
  return sentences.flatMap((sentence) =>
    faultsOf(sentence, ownTerms).map((fault) => `${file}:${sentence.line}: ${fault}: ${sentence.text}`),
  );
}
