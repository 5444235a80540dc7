/** The faults that the check of language finds in a sentence. */

import { Tinytest } from 'meteor/tinytest';
import { faultsOf, replacedTerms } from '../../../tools/language';

const TERMS = replacedTerms(
  [
    '| term | meaning | not |',
    '|---|---|---|',
    '| receive | get from the channel | hear, heard |',
    '| node | one server process | |',
    '',
    '| term | meaning | not |',
    '|---|---|---|',
    '| STEADY | up to date | at rest |',
  ].join('\n'),
);

function faults(text: string, isTitle = false): string[] {
  return faultsOf({ line: 1, text, isTitle }, TERMS);
}

Tinytest.add('language - a sentence of 25 words has no fault, one of 26 has', (test) => {
  const words = Array.from({ length: 24 }, () => 'word');
  // Signs count for nothing, code and numbers count.
  test.equal(faults(`CODE – = ${words.join(' ')}.`), []);
  test.equal(faults(`CODE 20 ${words.join(' ')}.`), ['26 words, 25 at most']);
});

Tinytest.add('language - a clause as the subject is a fault, but not in a title or a question', (test) => {
  const sentences = [
    'What was written is lost.',
    'Who waits is served.',
    'Those that wait end.',
    'Whatever came is old.',
  ];
  for (const sentence of sentences) test.equal(faults(sentence), ['a clause as the subject'], sentence);
  for (const sentence of [
    'Those nodes wait.',
    'Whole documents.',
    'It ends what was begun.',
    'What is a node?',
  ])
    test.equal(faults(sentence), [], sentence);
  test.equal(faults('What was run', true), []);
});

Tinytest.add('language - a word in the column "not" is a fault, in any of its forms', (test) => {
  const words = TERMS.map(({ word }) => word);
  test.equal(words, ['hear', 'heard', 'at rest']);
  test.equal(faults('Hearing nodes are at rest.'), [
    '"hear" is not a term of the glossary',
    '"at rest" is not a term of the glossary',
  ]);
  test.equal(faults('Nodes have a heart that rests.'), []);
});
