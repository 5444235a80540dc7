/** The chart of the last minute: published changes above the line, documents read and reads saved below it. Called by `status.ts`. */

import { COLUMNS, type Column } from './status-history';
import { fit, roundUp, shape } from './svg';

/** Room for the numbers at the left and the times at the bottom, in px. */
const LEFT = 34;
const BOTTOM = 20;
const TOP = 8;
const GAP = 1.5;

export function drawFlow(picture: SVGSVGElement, columns: readonly Column[]): void {
  const { width, height } = fit(picture);
  const most = (value: (column: Column) => number) => Math.max(0, ...columns.map(value));
  const above = roundUp(most(({ published }) => published));
  const below = roundUp(most(({ read, skipped }) => read + skipped));
  const scale = (height - TOP - BOTTOM) / (above + below);
  const line = TOP + above * scale;
  const step = (width - LEFT) / COLUMNS;
  const bars = columns.flatMap(({ published, read, skipped }, index) => {
    const x = width - (columns.length - index) * step;
    const bar = (kind: string, y: number, count: number) =>
      count > 0
        ? [
            shape('rect', {
              class: kind,
              x: x + GAP / 2,
              y,
              width: Math.max(1, step - GAP),
              height: count * scale,
              rx: 1,
            }),
          ]
        : [];
    return [
      ...bar('published', line - published * scale, published),
      ...bar('read', line, read),
      ...bar('skipped', line + read * scale, skipped),
    ];
  });
  const label = (text: string | number, x: number, y: number, anchor: string) =>
    shape('text', { x, y, 'text-anchor': anchor }, String(text));
  picture.replaceChildren(
    shape('line', { class: 'grid', x1: LEFT, x2: width, y1: TOP, y2: TOP }),
    shape('line', { class: 'grid', x1: LEFT, x2: width, y1: height - BOTTOM, y2: height - BOTTOM }),
    ...bars,
    shape('line', { class: 'axis', x1: LEFT, x2: width, y1: line, y2: line }),
    label(above, LEFT - 6, TOP + 4, 'end'),
    label(0, LEFT - 6, line + 4, 'end'),
    label(below, LEFT - 6, height - BOTTOM + 4, 'end'),
    label('60 s ago', LEFT, height - 4, 'start'),
    label('30 s', LEFT + (width - LEFT) / 2, height - 4, 'middle'),
    label('now', width, height - 4, 'end'),
  );
}
