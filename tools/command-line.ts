/**
 * The command lines of the npm commands: declared with commander, which prints the help and refuses bad options.
 *
 * Called by the scripts and the benchmark. A bad option ends the process with exit code 1 and an error that names the option,
 * what was expected and what was given.
 */

import { Command, InvalidArgumentError } from '@commander-js/extra-typings';

/** Returns a command to add options to. @param name as in `npm start` */
export function commandLine(name: string, description: string) {
  return new Command(name)
    .usage('[-- options]')
    .description(description)
    .showHelpAfterError(`("${name} -- --help" lists the options)`);
}

/** Returns a parser of whole numbers. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}; got "${text}".`);
  };
}

/** Returns a parser of one of these words. */
export function oneOf<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((each) => each === text);
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`Expected ${words.join(' or ')}; got "${text}".`);
  };
}

/** Returns a parser of comma-separated lists of different values. */
export function listOf<Value>(parse: (text: string) => Value): (text: string) => Value[] {
  return (text) => {
    const items = text.split(',').map((item) => parse(item.trim()));
    if (new Set(items).size === items.length) return items;
    throw new InvalidArgumentError(`Expected each value once; got "${text}".`);
  };
}
