/** The status page: every node of the cluster, live. Called by `main.ts`. Connects to every node by DDP. */

import type { DemoState } from '../imports/demo-state';
import type { NodeState } from '../imports/node-state';
import { DemoControl } from './demo-control';
import { element, reasonOf, setNotice } from './element';
import { EventList } from './event-list';
import { drawFlow } from './flow-chart';
import { drawLatency, formatMs } from './latency-chart';
import { followNode } from './node';
import { NodeCards } from './node-cards';
import { type Column, NO_COLUMN, percentile, StatusHistory } from './status-history';
import { drawTopology } from './topology';
import { Traffic } from './traffic';
import { type NodeCondition, WatchedNode } from './watched-node';

const SECOND_MS = 1000;

export function showStatus(page: HTMLElement): void {
  document.title = 'Meteor Cluster – status';
  let isOpen = false;
  followNode((state) => {
    if (isOpen) return;
    isOpen = true;
    new StatusBoard(page, state).open();
  });
}

class StatusBoard {
  readonly #page: HTMLElement;
  readonly #control: DemoControl | undefined;
  readonly #history = new StatusHistory();
  readonly #traffic = new Traffic(() => this.nodes.filter(({ condition }) => condition !== 'unreachable'));
  readonly #nodes = new Map<string, WatchedNode>();
  readonly #cards: NodeCards;
  readonly #events: EventList;
  #demo: DemoState;

  constructor(page: HTMLElement, { nodes, control }: NodeState) {
    this.#page = page;
    this.#control = control ? new DemoControl(control) : undefined;
    this.#demo = {
      nodes: nodes.map((url) => ({ url, isChanging: false })),
      starting: 0,
      redis: 'foreign',
      events: [],
    };
    this.#cards = new NodeCards(
      this.part('nodes'),
      this.#control && ((url, how) => void this.act((demo) => demo.endNode(url, how))),
    );
    this.#events = new EventList(this.part('events'));
    const traffic = element(page, '[data-traffic]', HTMLInputElement);
    traffic.addEventListener('change', () => this.#traffic.turn(traffic.checked));
    traffic.disabled = false;
    this.listen('add', (demo) => demo.addNode());
    this.listen('redis', (demo) => demo.switchRedis(this.#demo.redis === 'running' ? 'stop' : 'start'));
  }

  /** Shows everything once a second from now on. */
  open(): void {
    void this.tick();
    setInterval(() => void this.tick(), SECOND_MS);
  }

  /** In the order of their ports. */
  private get nodes(): WatchedNode[] {
    return this.#demo.nodes.flatMap(({ url }) => this.#nodes.get(url) ?? []);
  }

  private listen(name: string, action: (control: DemoControl) => Promise<DemoState>): void {
    const button = element(this.#page, `[data-${name}]`, HTMLButtonElement);
    button.addEventListener('click', () => void this.act(action));
  }

  /** Lets the launcher do something, and shows its state before and after. */
  private async act(action: (control: DemoControl) => Promise<DemoState>): Promise<void> {
    const control = this.#control;
    if (!control) return;
    const error = this.part('error');
    setNotice(error, '');
    try {
      const acting = action(control);
      // It is in progress now: the buttons show that.
      void control.state().then((state) => this.show(state));
      this.show(await acting);
    } catch (reason) {
      setNotice(error, reasonOf(reason));
    }
  }

  private async tick(): Promise<void> {
    // The launcher may have ended, with everything that it started.
    const state = await this.#control?.state().catch(() => undefined);
    this.show(state ?? this.#demo);
    const nodes = this.nodes;
    const counters = nodes.flatMap(({ url, status }) => (status ? [[url, status.counters] as const] : []));
    const lastSecond = this.#history.add(new Map(counters));
    const changing = new Set(this.#demo.nodes.filter(({ isChanging }) => isChanging).map(({ url }) => url));
    this.#cards.show(nodes, lastSecond, changing);
    for (const { status } of nodes) if (status) this.#events.addNode(status);
    this.#events.addDemo(this.#demo.events);
    this.#events.show();
    const drawn = nodes.map((node) => ({
      name: node.name,
      condition: node.condition,
      published: lastSecond.get(node.url)?.published ?? 0,
    }));
    const isRedisUp = drawn.some(({ condition }) => condition === 'connected');
    drawTopology(this.picture('topology'), drawn, isRedisUp);
    drawFlow(this.picture('flow'), this.#history.columns);
    this.showNumbers(nodes);
    this.showSummary(nodes);
  }

  /** Connects to nodes that have come, and leaves those that have gone. */
  private show(demo: DemoState): void {
    this.#demo = demo;
    for (const [url, node] of this.#nodes) {
      if (demo.nodes.some((each) => each.url === url)) continue;
      node.close();
      this.#nodes.delete(url);
    }
    for (const { url } of demo.nodes) {
      if (!this.#nodes.has(url)) this.#nodes.set(url, new WatchedNode(url));
    }
    const add = element(this.#page, '[data-add]', HTMLButtonElement);
    add.hidden = this.#control === undefined;
    add.disabled = demo.starting > 0;
    add.textContent = demo.starting > 0 ? 'Starting a node …' : 'Add a node';
    const redis = element(this.#page, '[data-redis]', HTMLButtonElement);
    redis.hidden = demo.redis === 'foreign';
    redis.disabled = demo.redis === 'changing';
    if (demo.redis !== 'changing') {
      redis.textContent = demo.redis === 'running' ? 'Stop Redis' : 'Start Redis';
      redis.classList.toggle('alarm', demo.redis === 'stopped');
    }
  }

  private showNumbers(nodes: readonly WatchedNode[]): void {
    const limits = nodes.find(({ status }) => status)?.status?.limits ?? [];
    // Nothing reaches Redis in an outage. The times of before it would look like those of now.
    const times = isOutage(nodes) ? NO_COLUMN : this.#history.total;
    const texts = textsOf(nodes, this.#history, times, limits);
    for (const [name, text] of Object.entries(texts)) this.part(name).textContent = text;
    drawLatency(this.picture('latency'), limits, times);
  }

  private showSummary(nodes: readonly WatchedNode[]): void {
    const summary = summaryOf(nodes);
    const line = this.part('summary');
    // Only when it is another: a screen reader reads it aloud.
    if (line.textContent !== summary.text) line.textContent = summary.text;
    this.#page.classList.toggle('connected', summary.isWell);
  }

  private part(name: string): HTMLElement {
    return element(this.#page, `[data-${name}]`, HTMLElement);
  }

  private picture(name: string): SVGSVGElement {
    return element(this.#page, `[data-${name}-picture]`, SVGSVGElement);
  }
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function countWith(nodes: readonly WatchedNode[], condition: NodeCondition): number {
  return nodes.filter((node) => node.condition === condition).length;
}

/** Whether no node reaches Redis. */
function isOutage(nodes: readonly WatchedNode[]): boolean {
  return countWith(nodes, 'disconnected') > 0 && countWith(nodes, 'connected') === 0;
}

/** Returns the texts of the tiles, by the names of their elements. */
function textsOf(
  nodes: readonly WatchedNode[],
  history: StatusHistory,
  { publishTimes, dispatchTimes }: Column,
  limits: readonly number[],
): Record<string, string> {
  const { published, read, skipped } = history.total;
  const changed = read + skipped;
  const publish = percentile(limits, publishTimes, 0.5);
  const dispatch = percentile(limits, dispatchTimes, 0.5);
  const typical = publish === undefined || dispatch === undefined ? undefined : publish + dispatch;
  return {
    connected: `${countWith(nodes, 'connected')} of ${nodes.length}`,
    peers: `each knows ${countOf(Math.min(...nodes.map(({ status }) => status?.peers ?? 0)), 'other')}`,
    rate: `${history.columns.at(-1)?.published ?? 0}/s`,
    published: pendingText(nodes) ?? `${published.toLocaleString('en')} in the last minute`,
    typical: formatMs(typical, limits),
    'typical-parts': isOutage(nodes)
      ? 'no connection to Redis'
      : `${formatMs(publish, limits)} to Redis, ${formatMs(dispatch, limits)} from it`,
    saved: changed > 0 ? `${Math.round((100 * skipped) / changed)} %` : '–',
    skipped: `${skipped.toLocaleString('en')} of ${changed.toLocaleString('en')} in the last minute`,
  };
}

/** Returns how many changes wait for Redis; `undefined` while every node reaches it, as then they wait for milliseconds. */
function pendingText(nodes: readonly WatchedNode[]): string | undefined {
  const waiting = nodes.filter(({ condition }) => condition === 'disconnected');
  const pending = waiting.reduce((sum, { status }) => sum + (status?.pending ?? 0), 0);
  return waiting.length > 0 ? `${pending.toLocaleString('en')} pending, for Redis` : undefined;
}

function summaryOf(nodes: readonly WatchedNode[]): { text: string; isWell: boolean } {
  const all = countOf(nodes.length, 'node');
  const connected = countWith(nodes, 'connected');
  if (connected === nodes.length) return { text: `${all}, one live database`, isWell: true };
  if (isOutage(nodes)) {
    return { text: 'No Redis: changes wait, live queries poll', isWell: false };
  }
  return { text: `${connected} of ${all} connected`, isWell: false };
}
