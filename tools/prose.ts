/**
 * The sentences of Markdown and of comments, for checks of language. Called by `scripts/check-language.ts`.
 *
 * Code counts as one word. Titles, items of lists, cells of tables and tags of docstrings are texts of their own.
 */

import MarkdownIt, { type Token } from 'markdown-it';
import { commentsOf } from './comments';

export interface Sentence {
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly text: string;
  /** A heading of a page or of a column, a link alone, or bold words in front of a paragraph. */
  readonly isTitle: boolean;
}

/** Comments indent their text, and underline nothing. Pages have fences around their code, and `#` before headings. */
const markdown = new MarkdownIt({ html: true }).disable(['code', 'lheading']);

const TITLES = new Set(['heading_open', 'th_open']);
/** A lower-case letter continues a sentence after an abbreviation. */
const SENTENCE_END = /(?<=[.!?]['")]*)(?=\s+[^\s\p{Ll}])/u;
/** A tag of a docstring, with the name of its parameter. */
const TAG = /(?<=^|\s)@(?:param\s+[\w.]+|\w+)/;

/** Returns the sentences of a page. */
export function proseOfMarkdown(page: string, firstLine = 1): Sentence[] {
  const sentences: Sentence[] = [];
  let line = firstLine;
  let parent = '';
  for (const { type, map, children } of markdown.parse(page, {})) {
    // Cells have no line: it is the one of their row.
    if (map) line = firstLine + map[0];
    if (type === 'inline') sentences.push(...sentencesOf(children ?? [], line, TITLES.has(parent)));
    parent = type;
  }
  return sentences;
}

/** Returns the sentences of the comments of a TypeScript file. */
export function proseOfSource(source: string): Sentence[] {
  return commentsOf(source).flatMap(({ line, text }) => {
    let next = line;
    return text.split(TAG).flatMap((part) => {
      const first = next;
      next += lineBreaksOf(part);
      return proseOfMarkdown(part, first);
    });
  });
}

function sentencesOf(children: readonly Token[], firstLine: number, isTitle: boolean): Sentence[] {
  const lead = leadOf(children);
  let next = firstLine;
  return textOf(children)
    .split(SENTENCE_END)
    .map((part, n) => {
      const line = next + lineBreaksOf(/^\s*/.exec(part)?.[0] ?? '');
      next += lineBreaksOf(part);
      const text = part.trim().replace(/\s+/g, ' ');
      return { line, text, isTitle: isTitle || (n === 0 && text === lead) };
    })
    .filter(({ text }) => text !== '');
}

/** Returns the text of the link, or the bold words, that a paragraph begins with; `undefined` without these. */
function leadOf(children: readonly Token[]): string | undefined {
  const [first, ...rest] = children.filter(({ type, content }) => type !== 'text' || content !== '');
  if (first?.type !== 'strong_open' && first?.type !== 'link_open') return undefined;
  const end = rest.findIndex(({ type }) => type === first.type.replace('open', 'close'));
  return textOf(rest.slice(0, end)).replace(/\s+/g, ' ');
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(wordsOf).join('');
}

function wordsOf({ type, content }: Token): string {
  if (type === 'text' || type === 'image') return content;
  if (type === 'code_inline') return 'CODE';
  return type === 'softbreak' || type === 'hardbreak' ? '\n' : '';
}

function lineBreaksOf(text: string): number {
  return text.split('\n').length - 1;
}
