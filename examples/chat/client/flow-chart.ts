/** The chart of the last minute: published changes above the line, documents read and reads saved below it. Called by `status.ts`. */

import { LINE, labelledColumns, type Scale, ticksOf, topOf } from './chart-scale';
import { COLUMNS, type Column } from './status-history';
import { fit, shape } from './svg';

/** Room for the numbers at the left, for those of columns that are cut off, and for the times at the bottom, in px. */
const LEFT = 34;
const TOP = 20;
const BOTTOM = 34;
const GAP = 1.5;
/** The numbers of two columns need this distance, in px. */
const NUMBER = 34;

interface Frame extends Scale {
  readonly width: number;
  /** The px of one change. */
  readonly scale: number;
  /** The px of one column. */
  readonly step: number;
  /** Returns the left side of a column. */
  readonly left: (index: number) => number;
}

export function drawFlow(picture: SVGSVGElement, columns: readonly Column[]): void {
  const frame = frameOf(picture, columns);
  const { width, line, bottom } = frame;
  const timesAt = bottom + BOTTOM - 4;
  const grid = (y: number) => shape('line', { class: 'grid', x1: LEFT, x2: width, y1: y, y2: y });
  picture.replaceChildren(
    grid(TOP),
    grid(bottom),
    ...columns.flatMap((column, index) => barsOf(column, index, frame)),
    shape('line', { class: 'axis', x1: LEFT, x2: width, y1: line, y2: line }),
    ...ticksOf(frame).map(({ value, y }) => label(String(value), LEFT - 6, y + 4, 'end')),
    ...cutLabels(columns.map(heightAbove), frame.above, TOP - 5, frame),
    ...cutLabels(columns.map(heightBelow), frame.below, bottom + LINE, frame),
    label('60 s ago', LEFT, timesAt, 'start'),
    label('30 s', LEFT + (width - LEFT) / 2, timesAt, 'middle'),
    label('now', width, timesAt, 'end'),
  );
}

function frameOf(picture: SVGSVGElement, columns: readonly Column[]): Frame {
  const { width, height } = fit(picture);
  const above = topOf(columns.map(heightAbove));
  const below = topOf(columns.map(heightBelow));
  const scale = (height - TOP - BOTTOM) / (above + below);
  const step = (width - LEFT) / COLUMNS;
  const left = (index: number) => width - (columns.length - index) * step;
  const line = TOP + above * scale;
  return { width, top: TOP, line, bottom: height - BOTTOM, scale, above, below, step, left };
}

function barsOf({ published, read, skipped }: Column, index: number, frame: Frame): SVGElement[] {
  const { line, scale, above, below, step, left } = frame;
  const bar = (kind: string, y: number, count: number) => {
    const size = { x: left(index) + GAP / 2, y, width: Math.max(1, step - GAP), height: count * scale };
    return count > 0 ? [shape('rect', { class: kind, ...size, rx: 1 })] : [];
  };
  const shown = Math.min(published, above);
  const shownRead = Math.min(read, below);
  return [
    ...bar('published', line - shown * scale, shown),
    ...bar('read', line, shownRead),
    ...bar('skipped', line + shownRead * scale, Math.min(skipped, below - shownRead)),
  ];
}

function cutLabels(values: readonly number[], top: number, y: number, frame: Frame): SVGElement[] {
  const { step, left, width } = frame;
  return labelledColumns(values, top, NUMBER / step).map((index) => {
    const x = Math.min(width - NUMBER / 2, Math.max(LEFT + NUMBER / 2, left(index) + step / 2));
    return label((values[index] ?? 0).toLocaleString('en'), x, y, 'middle');
  });
}

function heightAbove({ published }: Column): number {
  return published;
}

function heightBelow({ read, skipped }: Column): number {
  return read + skipped;
}

function label(text: string, x: number, y: number, anchor: string): SVGElement {
  return shape('text', { x, y, 'text-anchor': anchor }, text);
}
