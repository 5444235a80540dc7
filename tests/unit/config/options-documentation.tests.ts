/** `docs/options.md` describes every option once, with its default. Reads a file of the repository, so stand-in only. */

import { readFileSync } from 'node:fs';
import { Tinytest } from 'meteor/tinytest';
import { defaultPollingIntervalMs } from '../../../src/config/polling';
import { OPTION_NAMES, type OptionName, SPECIFICATION } from '../../../src/config/specification';

interface Row {
  readonly option: string;
  readonly default: string;
}

const DOCUMENTATION = new URL('../../../docs/options.md', import.meta.url);

/** Returns the rows of all tables that have a column `option`. */
function documentedRows(): Row[] {
  const rows: Row[] = [];
  let columns: readonly string[] | undefined;
  for (const line of readFileSync(DOCUMENTATION, 'utf8').split('\n')) {
    const cells = cellsOf(line);
    if (!cells) columns = undefined;
    else if (!columns) columns = cells;
    else if (columns[0] === 'option' && !/^-+$/.test(cells[0] ?? '')) {
      rows.push({ option: cells[0] ?? '', default: cells[columns.indexOf('default')] ?? '' });
    }
  }
  return rows;
}

/** Returns the cells of a table's line; `undefined` of any other line. */
function cellsOf(line: string): string[] | undefined {
  if (!line.startsWith('|')) return undefined;
  const cells = line.trim().split(/(?<!\\)\|/);
  return cells.slice(1, -1).map((cell) => cell.trim());
}

/** Returns the default of an option; `undefined`: it has none, or one that depends on others. */
function defaultOf(name: OptionName): unknown {
  const { default: value }: { default?: unknown } = SPECIFICATION[name];
  return name === 'pollingInterval' ? defaultPollingIntervalMs({}) : value;
}

/** Returns a default as the documentation writes it. */
function documentedDefault(value: unknown): string {
  return typeof value === 'string' ? `\`'${value}'\`` : `\`${value}\``;
}

Tinytest.add('options documentation - every option has one row', (test) => {
  const documented = documentedRows().map((row) => row.option);
  test.equal(documented.toSorted(), OPTION_NAMES.map((name) => `\`${name}\``).sort());
});

Tinytest.add('options documentation - the row of an option with a default shows it', (test) => {
  const rows = documentedRows();
  for (const name of OPTION_NAMES) {
    const value = defaultOf(name);
    if (value === undefined) continue;
    const row = rows.find(({ option }) => option === `\`${name}\``);
    const isShown = row?.default.startsWith(documentedDefault(value));
    test.isTrue(isShown, `${name}: ${documentedDefault(value)} is not at the start of "${row?.default}"`);
  }
});
