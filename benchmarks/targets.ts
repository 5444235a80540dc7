/**
 * The targets of strategy `feed`, and whether a run has reached them.
 *
 * Called by report.ts. Pure. A target that no cell of the run can show is not measured.
 */

import { type Cell, titleOf } from './matrix';
import { type CellResult, findCell } from './results';

interface Measure {
  readonly name: string;
  of(cell: CellResult): number | undefined;
}

interface Target {
  readonly measure: Measure;
  /** The cells concerned. */
  readonly of: Partial<Cell>;
  /** Compares with the cell that differs in this. Without it, the limit is absolute. */
  readonly to?: Partial<Cell>;
  readonly limit: number;
}

export interface Verdict {
  readonly target: string;
  /** The cell that shows it; undefined: none was measured. */
  readonly cell: string | undefined;
  readonly value: number | undefined;
  readonly limit: number;
  readonly verdict: 'reached' | 'missed' | 'not measured';
}

const CPU: Measure = { name: 'CPU per write', of: ({ perWrite }) => perWrite.cpu };
const OWN: Measure = { name: 'own p50', of: ({ own }) => own?.p50 };
const REMOTE: Measure = { name: 'remote p50', of: ({ remote }) => remote?.p50 };
const UPDATED: Measure = {
  name: 'p50 until updated',
  of: ({ waitsFor, answered }) => (waitsFor === 'result' ? undefined : answered?.p50),
};
const READS: Measure = { name: 'reads per write', of: ({ perWrite }) => perWrite.reads };
const UNCONCERNED: Measure = { name: 'CPU of a node not concerned, ms per write', of: cpuOfUnconcerned };

const shared = (queries: number): Partial<Cell> => ({ layout: 'shared', queries });
const partitioned: Partial<Cell> = { layout: 'partitioned', nodes: 8 };
const busy: Partial<Cell> = { ...shared(200), nodes: 2, writers: 8 };
const twenty: Partial<Cell> = { queries: 20 };
const baseline: Partial<Cell> = { strategy: 'baseline' };

const TARGETS: readonly Target[] = [
  { measure: CPU, of: shared(2000), to: twenty, limit: 1.3 },
  { measure: REMOTE, of: shared(2000), to: twenty, limit: 1.3 },
  { measure: UPDATED, of: shared(2000), to: twenty, limit: 1.5 },
  { measure: CPU, of: shared(10_000), to: twenty, limit: 1.3 },
  { measure: REMOTE, of: shared(10_000), to: twenty, limit: 2 },
  { measure: READS, of: partitioned, limit: 1.3 },
  { measure: UNCONCERNED, of: partitioned, limit: 0.15 },
  { measure: CPU, of: busy, to: baseline, limit: 0.7 },
  { measure: OWN, of: { ...busy, waitsFor: 'result' }, to: baseline, limit: 0.6 },
  { measure: REMOTE, of: { ...busy, waitsFor: 'result' }, to: baseline, limit: 0.6 },
  ...[1, 20].flatMap((queries) =>
    [CPU, OWN, REMOTE].map((measure) => ({ measure, of: shared(queries), to: baseline, limit: 1.05 })),
  ),
];

/** Returns a verdict for each cell that shows a target, and one for each target that no cell shows. */
export function verdictsOf(cells: readonly CellResult[]): Verdict[] {
  return TARGETS.flatMap((target) => {
    const verdicts = cells
      .filter((cell) => cell.strategy === 'feed' && isConcerned(cell, target.of))
      .flatMap((cell) => verdictOf(target, cell, cells) ?? []);
    const { limit } = target;
    const none: Verdict = {
      target: describe(target),
      cell: undefined,
      value: undefined,
      limit,
      verdict: 'not measured',
    };
    return verdicts.length > 0 ? verdicts : [none];
  });
}

/**
 * Returns the CPU per write of a node that neither shows nor makes the writes: the mean of these nodes. Undefined when it was not
 * measured.
 */
export function cpuOfUnconcerned({ layout, cpuOfNodes = [] }: CellResult): number | undefined {
  const bystanders = cpuOfNodes.slice(2);
  if (layout !== 'partitioned' || bystanders.length === 0) return undefined;
  return bystanders.reduce((a, b) => a + b) / bystanders.length;
}

function verdictOf(target: Target, cell: CellResult, cells: readonly CellResult[]): Verdict | undefined {
  const { measure, to, limit } = target;
  const other = to && findCell(cells, { ...cell, ...to });
  const divisor = to ? other && measure.of(other) : 1;
  const measured = measure.of(cell);
  if (measured === undefined || !divisor || cell.problem !== undefined) return undefined;
  const value = measured / divisor;
  const verdict = value <= limit ? 'reached' : 'missed';
  return { target: describe(target), cell: titleOf(cell), value, limit, verdict };
}

function isConcerned(cell: Cell, of: Partial<Cell>): boolean {
  return Object.entries(of).every(([key, value]) => cell[key as keyof Cell] === value);
}

/** Returns a title as `CPU per write: 2000 live queries to 20`. */
function describe({ measure, of, to }: Target): string {
  const [[key, value] = []] = Object.entries(to ?? {});
  if (key === undefined) return `${measure.name}: ${of.layout}, ${of.nodes} nodes`;
  if (key === 'queries') return `${measure.name}: ${of.queries} live queries to ${value}`;
  const waits = of.waitsFor ? `, waiting for ${of.waitsFor}` : '';
  const live = of.queries === 1 ? '1 live query' : `${of.queries} live queries`;
  return `${measure.name}: oplog to ${value}, ${live}${waits}`;
}
