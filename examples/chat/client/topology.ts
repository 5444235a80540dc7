/**
 * The picture of the cluster: Redis in the middle, the nodes around it, and a dot for each change that flows.
 *
 * Called by `status.ts` once a second. Dots do not move for users who prefer reduced motion.
 */

import { fit, shape } from './svg';
import type { NodeCondition } from './watched-node';

export interface TopologyNode {
  readonly name: string;
  readonly condition: NodeCondition;
  /** Changes since the picture was drawn last. */
  readonly published: number;
}

/** The radius of a node in px: of up to eight, of more, and of so many that their names have no room. */
const SIZES = [
  { most: 8, radius: 17 },
  { most: 16, radius: 9 },
  { most: Number.POSITIVE_INFINITY, radius: 5 },
] as const;
/** From the picture's edge, in px: room for a node and its name. */
const MARGIN = { x: 48, y: 46 };
/** How much wider than high the ring of nodes may be. */
const STRETCH = 2.2;
/** More dots of one node in a second are drawn as one. */
const MOST_DOTS = 10;
const FLIGHT_MS = 380;
const SECOND_MS = 1000;

interface Point {
  readonly x: number;
  readonly y: number;
}

export function drawTopology(
  picture: SVGSVGElement,
  nodes: readonly TopologyNode[],
  isRedisUp: boolean,
): void {
  const size = fit(picture);
  const center = { x: size.width / 2, y: size.height / 2 };
  const places = nodes.map((_, index) => placeOf(index, nodes.length, size, center));
  const links = nodes.map(({ condition }, index) =>
    shape('line', { class: `link ${condition}`, ...ends(places[index] ?? center, center) }),
  );
  const marks = nodes.map((node, index) => markOf(node, nodes.length, places[index] ?? center, center));
  picture.setAttribute('aria-label', describe(nodes, isRedisUp));
  picture.replaceChildren(...links, redisMark(center, isRedisUp), ...marks);
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const receivers = places.filter((_, index) => nodes[index]?.condition === 'connected');
  for (const [index, { published, condition }] of nodes.entries()) {
    const from = places[index];
    if (!from || condition !== 'connected') continue;
    const dots = Math.min(published, MOST_DOTS);
    for (let dot = 0; dot < dots; dot += 1) {
      const delay = (dot + Math.random()) * (SECOND_MS / dots) * 0.6;
      fly(picture, from, center, delay, 'published');
      for (const to of receivers) if (to !== from) fly(picture, center, to, delay + FLIGHT_MS, 'received');
    }
  }
}

/** Around the middle, clockwise. Two nodes are beside it, on one line. */
function placeOf(
  index: number,
  count: number,
  { width, height }: { width: number; height: number },
  center: Point,
): Point {
  // An odd number has one on top.
  const start = count % 2 === 0 ? Math.PI - (count === 2 ? 0 : Math.PI / count) : -Math.PI / 2;
  const angle = start + (2 * Math.PI * index) / count;
  const wide = width / 2 - MARGIN.x;
  const tall = height / 2 - MARGIN.y;
  return {
    x: center.x + Math.min(wide, tall * STRETCH) * Math.cos(angle),
    y: center.y + tall * Math.sin(angle),
  };
}

function ends(from: Point, to: Point) {
  return { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
}

/** The name is on the side that no link is on. */
function markOf(
  { name, condition }: TopologyNode,
  count: number,
  { x, y }: Point,
  center: Point,
): SVGGElement {
  const size = SIZES.findIndex(({ most }) => count <= most);
  const radius = SIZES[size]?.radius ?? 0;
  const isAbove = y < center.y - radius;
  const group = shape('g', { class: `mark ${condition}` });
  const at = { x, y: isAbove ? y - radius - 8 : y + radius + 17, 'text-anchor': 'middle' };
  group.append(
    shape('circle', { cx: x, cy: y, r: radius }),
    shape('circle', { class: 'core', cx: x, cy: y, r: radius * 0.3 }),
    shape('text', at, [name, name.replace('node ', ''), ''][size]),
  );
  return group;
}

function redisMark({ x, y }: Point, isUp: boolean): SVGGElement {
  const group = shape('g', { class: `redis ${isUp ? 'up' : 'down'}` });
  group.append(
    shape('rect', { x: x - 42, y: y - 19, width: 84, height: 38, rx: 19 }),
    shape('text', { x, y: y + 5, 'text-anchor': 'middle' }, 'Redis'),
  );
  return group;
}

function fly(picture: SVGSVGElement, from: Point, to: Point, delay: number, kind: string): void {
  const dot = shape('circle', { class: `dot-${kind}`, r: 4, opacity: 0 });
  // Below the marks, above the links.
  picture.insertBefore(dot, picture.querySelector('.redis'));
  const at = ({ x, y }: Point) => `translate(${x}px, ${y}px)`;
  const flight = dot.animate(
    [
      { transform: at(from), opacity: 1 },
      { transform: at(to), opacity: 1 },
    ],
    { duration: FLIGHT_MS, delay, easing: 'ease-in-out' },
  );
  flight.onfinish = () => dot.remove();
}

function describe(nodes: readonly TopologyNode[], isRedisUp: boolean): string {
  const list = nodes.map(({ name, condition }) => `${name} ${condition}`).join(', ');
  return `Redis ${isRedisUp ? 'runs' : 'does not run'}; ${list || 'no nodes'}`;
}
