/** Faults of language that a program can find. Called by `scripts/check-language.ts`. */

import type { Sentence } from './prose';

/** Longer sentences state several facts. Of 1,522 sentences in `src/`, 74 had more than 20 words, before this check. */
const MAX_WORDS = 25;
/** A clause as the subject hides which component acts. */
const CLAUSE_AS_SUBJECT = /^(What|Who|Whoever|Whatever|Those (that|who|which|whose))\b/;

/** A word that the glossary has replaced by a term. */
export interface ReplacedTerm {
  readonly word: string;
  readonly pattern: RegExp;
}

/** Returns the words in the third column of the glossary's tables. */
export function replacedTerms(glossary: string): ReplacedTerm[] {
  const cells = [...glossary.matchAll(/^\|[^|\n]*\|[^|\n]*\|([^|\n]*)\|$/gm)].map(([, cell = '']) =>
    cell.trim(),
  );
  const words = cells
    .filter((cell) => /^[a-z]/.test(cell) && cell !== 'not')
    .flatMap((cell) => cell.split(', '));
  return words.map((word) => ({ word, pattern: new RegExp(`\\b${word}(s|d|ed|ing)?\\b`, 'i') }));
}

/** Returns what is wrong with a sentence. */
export function faultsOf({ text, isTitle }: Sentence, terms: readonly ReplacedTerm[]): string[] {
  const count = text.split(' ').filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
  const isClause = !isTitle && !text.endsWith('?') && CLAUSE_AS_SUBJECT.test(text);
  return [
    ...(count > MAX_WORDS ? [`${count} words, ${MAX_WORDS} at most`] : []),
    ...(isClause ? ['a clause as the subject'] : []),
    ...terms
      .filter(({ pattern }) => pattern.test(text))
      .map(({ word }) => `"${word}" is not a term of the glossary`),
  ];
}
