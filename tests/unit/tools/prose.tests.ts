/** The sentences that the check of language finds in pages and in comments. */

import { Tinytest } from 'meteor/tinytest';
import { proseOfMarkdown, proseOfSource, type Sentence } from '../../../tools/prose';

function texts(sentences: readonly Sentence[]): string[] {
  return sentences.map(({ text }) => text);
}

function titles(page: string): string[] {
  return texts(proseOfMarkdown(page).filter(({ isTitle }) => isTitle));
}

Tinytest.add('prose - a paragraph is its sentences, over the ends of lines', (test) => {
  const page =
    'One ends\nhere. Two has 1.5 MB, e.g. in a\nlist. "Three" is quoted.\n20 nodes begin four. Is five one?\n';
  test.equal(proseOfMarkdown(page), [
    { line: 1, text: 'One ends here.', isTitle: false },
    { line: 2, text: 'Two has 1.5 MB, e.g. in a list.', isTitle: false },
    { line: 3, text: '"Three" is quoted.', isTitle: false },
    { line: 4, text: '20 nodes begin four.', isTitle: false },
    { line: 4, text: 'Is five one?', isTitle: false },
  ]);
});

Tinytest.add('prose - items, cells and headings are sentences of their own', (test) => {
  const page =
    '# Head\n- first\n  goes on\n- second\n  1. third\n\n| column | other |\n|---|---|\n| a \\| b | c |\n| d | e |\n';
  test.equal(
    proseOfMarkdown(page).map(({ line, text }) => `${line} ${text}`),
    [
      '1 Head',
      '2 first goes on',
      '4 second',
      '5 third',
      '7 column',
      '7 other',
      '9 a | b',
      '9 c',
      '10 d',
      '10 e',
    ],
  );
  test.equal(titles(page), ['Head', 'column', 'other']);
});

Tinytest.add('prose - code is one word, and blocks of code and HTML are none', (test) => {
  const page =
    'Call `a. B` and ``c`d``.\n\n```ts\n// What is this.\n```\n\n<p>\nWhat is that.\n</p>\n\n~~~\nWhat else.\n~~~\n\nEnd <br> here.\n';
  test.equal(texts(proseOfMarkdown(page)), ['Call CODE and CODE.', 'End here.']);
});

Tinytest.add('prose - links and emphasis are their words', (test) => {
  const page =
    'See [the `api` page](api.md#what "What. Is") and **both** of *them*, ![a chart](chart.png).\n';
  test.equal(texts(proseOfMarkdown(page)), ['See the CODE page and both of them, a chart.']);
});

Tinytest.add('prose - a link alone and bold words in front are titles', (test) => {
  const page =
    '- [What it does](#what)\n- [What it does](#what) is a link\n\n**What to do.** Wait. **What to do.**\n\nWhat is **it.**\n';
  test.equal(titles(page), ['What it does', 'What to do.']);
  test.equal(proseOfMarkdown(page).length, 6);
});

Tinytest.add('prose - of a source only comments are read', (test) => {
  const source = [
    "const url = 'http://a // no comment'; // One. Two",
    // A `/*` or a quote in a template or a regular expression begins nothing.
    `const all = \`/* no $\{[1 /* Three */]} // comment\`;`,
    `const pattern = /["'\`/*]/; /* Four */`,
    '/** Five */',
    'function f(/** Six */ x: number) {',
    '  // Seven goes',
    '  // on.',
    '',
    '  // Eight',
    '}',
    '// Nine',
  ].join('\n');
  test.equal(
    proseOfSource(source).map(({ line, text }) => `${line} ${text}`),
    ['1 One.', '1 Two', '2 Three', '3 Four', '4 Five', '5 Six', '6 Seven goes on.', '9 Eight', '11 Nine'],
  );
});

Tinytest.add('prose - a tag of a docstring begins a text, without the name of a parameter', (test) => {
  const source = [
    '/**',
    ' * Waits. See `@default` and a@b.',
    ' *',
    ' * - An item',
    ' *   that goes on',
    ' *     further',
    ' * @param node.id what it waits for,',
    ' *   in ms',
    ' * @returns nothing @throws Error when late',
    ' * @default 5',
    ' */',
  ].join('\n');
  test.equal(
    proseOfSource(source).map(({ line, text }) => `${line} ${text}`),
    [
      ...['2 Waits.', '2 See CODE and a@b.', '4 An item that goes on further'],
      ...['7 what it waits for, in ms', '9 nothing', '9 Error when late', '10 5'],
    ],
  );
});
