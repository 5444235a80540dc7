/** The histogram of latency: times to publish and times to dispatch, side by side. Called by `status.ts`. */

import { fit, shape } from './svg';

const BOTTOM = 20;
const TOP = 16;
const GAP = 3;
/** The room of a label, in px. Buckets that are narrower share one. */
const WIDE = 30;
const SECOND_MS = 1000;

export interface Times {
  readonly publishTimes: readonly number[];
  readonly dispatchTimes: readonly number[];
}

/** @param limits the upper limits of the buckets, in ms; the last bucket has none */
export function drawLatency(picture: SVGSVGElement, limits: readonly number[], times: Times): void {
  const { width, height } = fit(picture);
  const { publishTimes, dispatchTimes } = times;
  const most = Math.max(1, ...publishTimes, ...dispatchTimes);
  const step = width / Math.max(1, limits.length + 1);
  const floor = height - BOTTOM;
  const labelled = Math.ceil(WIDE / step);
  const bar = (kind: string, index: number, offset: number, count = 0) => {
    // A bucket that is not empty is seen, however few it has.
    const tall = count === 0 ? 1 : Math.max(3, ((floor - TOP) * count) / most);
    const x = index * step + GAP / 2 + offset * ((step - GAP) / 2);
    const name = count > 0 ? kind : 'empty';
    return shape('rect', { class: name, x, y: floor - tall, width: (step - GAP) / 2, height: tall, rx: 1.5 });
  };
  const buckets = limits.length > 0 ? [...limits, Number.POSITIVE_INFINITY] : [];
  picture.replaceChildren(
    ...buckets.flatMap((limit, index) => [
      bar('published', index, 0, publishTimes[index]),
      bar('read', index, 1, dispatchTimes[index]),
      shape(
        'text',
        index < limits.length
          ? { x: (index + 0.5) * step, y: height - 4, 'text-anchor': 'middle' }
          : { x: width, y: height - 4, 'text-anchor': 'end' },
        isLabelled(index, limits.length, labelled) ? labelOf(limit, limits) : '',
      ),
    ]),
  );
}

/** The last bucket always has a label, so those next to it have none. */
function isLabelled(index: number, last: number, labelled: number): boolean {
  return index === last || (index % labelled === 0 && index <= last - labelled);
}

/** Returns a time as a person says it. */
export function formatMs(ms: number | undefined, limits: readonly number[]): string {
  if (ms === undefined) return '–';
  if (!Number.isFinite(ms)) return `over ${formatMs(limits.at(-1), limits)}`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < SECOND_MS ? `${Math.round(ms)} ms` : `${(ms / SECOND_MS).toFixed(1)} s`;
}

function labelOf(limit: number, limits: readonly number[]): string {
  return Number.isFinite(limit) ? shortMs(limit) : `>${shortMs(limits.at(-1) ?? 0)}`;
}

function shortMs(ms: number): string {
  return ms < SECOND_MS ? String(ms) : `${ms / SECOND_MS}s`;
}
