/** The histogram of the latency of received changes. Called by `status.ts`. */

import { fit, shape } from './svg';

const BOTTOM = 20;
const TOP = 16;
const GAP = 3;
/** As for the badges of the chat: people notice delays above 100 ms, and wait above 1 s. */
const FAST_MS = 100;
const FAIR_MS = 1000;

/** @param limits the upper limits of the buckets, in ms; the last bucket has none */
export function drawLatency(
  picture: SVGSVGElement,
  limits: readonly number[],
  counts: readonly number[],
): void {
  const { width, height } = fit(picture);
  const most = Math.max(1, ...counts);
  const step = width / Math.max(1, limits.length + 1);
  const floor = height - BOTTOM;
  const buckets = [...limits, Number.POSITIVE_INFINITY].flatMap((limit, index) => {
    const count = counts[index] ?? 0;
    // A bucket that is not empty is seen, however few it has.
    const tall = count === 0 ? 1 : Math.max(3, ((floor - TOP) * count) / most);
    const x = index * step;
    const kind = limit <= FAST_MS ? 'fast' : limit <= FAIR_MS ? 'fair' : 'slow';
    const bar = { x: x + GAP / 2, y: floor - tall, width: Math.max(1, step - GAP), height: tall, rx: 2 };
    return [
      shape('rect', { class: count > 0 ? kind : 'empty', ...bar }),
      shape('text', { x: x + step / 2, y: height - 4, 'text-anchor': 'middle' }, labelOf(limit, limits)),
      ...(count > 0
        ? [shape('text', { x: x + step / 2, y: floor - tall - 4, 'text-anchor': 'middle' }, short(count))]
        : []),
    ];
  });
  picture.replaceChildren(...buckets);
}

/** Returns a time as a person says it. */
export function formatMs(ms: number | undefined, limits: readonly number[]): string {
  if (ms === undefined) return '–';
  if (!Number.isFinite(ms)) return `over ${formatMs(limits.at(-1), limits)}`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < FAIR_MS ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function labelOf(limit: number, limits: readonly number[]): string {
  if (!Number.isFinite(limit)) return `>${shortMs(limits.at(-1) ?? 0)}`;
  return shortMs(limit);
}

function shortMs(ms: number): string {
  return ms < FAIR_MS ? String(ms) : `${ms / 1000}s`;
}

function short(count: number): string {
  return count < 1000 ? String(count) : `${(count / 1000).toFixed(1)}k`;
}
