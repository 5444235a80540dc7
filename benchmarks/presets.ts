/**
 * The presets, measured without further options: one set of axes for each question.
 *
 * Called by options.ts. Durations are of two cores that do nothing else.
 */

import { type Axes, DEFAULT_AXES, OPERATIONS, SELECTORS } from './matrix';

export const PARTS = ['cells', 'memory', 'stress'] as const;

export interface Preset extends Axes {
  readonly parts: readonly (typeof PARTS)[number][];
  /** The most writes of one cell. */
  readonly writes: number;
  /** The time for which a cell makes writes: a slow strategy makes fewer of them. */
  readonly seconds: number;
  /** How often each cell is measured. */
  readonly rounds: number;
  /** How long a cell is measured without writes, in s. */
  readonly idle: number;
}

const PLAIN: Preset = {
  strategies: ['none', 'update', 'feed'],
  nodes: [2],
  queries: [1, 20, 200],
  layouts: [DEFAULT_AXES.layout],
  selectors: [DEFAULT_AXES.selectors],
  documentBytes: [DEFAULT_AXES.documentBytes],
  operations: OPERATIONS,
  writers: [1, 8],
  waitsFor: [DEFAULT_AXES.waitsFor],
  rates: [DEFAULT_AXES.rate],
  parts: ['cells'],
  writes: 300,
  seconds: 15,
  rounds: 1,
  idle: 0,
  isQuick: false,
};
/** Of one operation and strategy, several times with many writes. */
const THOROUGH: Preset = {
  ...PLAIN,
  strategies: ['feed'],
  operations: ['update'],
  writers: [8],
  writes: 400,
  rounds: 3,
};

/** A question, about how many minutes its answer takes, and its axes. */
interface Question {
  readonly question: string;
  readonly minutes: number;
  readonly axes: Preset;
}

export const PRESETS = {
  full: {
    question: 'How do the strategies compare?',
    minutes: 30,
    axes: { ...PLAIN, nodes: [2, 8], parts: PARTS },
  },
  quick: {
    question: 'How do the strategies compare, roughly?',
    minutes: 3,
    axes: { ...PLAIN, parts: ['cells', 'memory'], writes: 32, seconds: 1, isQuick: true },
  },
  growth: {
    question: 'Does the cost of a write grow with the number of live queries?',
    minutes: 7,
    axes: {
      ...THOROUGH,
      queries: [20, 2000, 10_000],
      writers: [1, 8],
      waitsFor: ['updated'],
      rounds: 5,
    },
  },
  selectors: {
    question: 'Does the cost of a write grow with live queries of other forms?',
    minutes: 15,
    axes: { ...THOROUGH, selectors: SELECTORS, queries: [20, 2000, 10_000], waitsFor: ['updated'] },
  },
  rates: {
    question: 'How long do writes take to be shown at a fixed rate, as users make them?',
    minutes: 4,
    axes: {
      ...THOROUGH,
      operations: ['insert'],
      queries: [200],
      rates: [50, 100, 150, 300],
      seconds: 10,
      writes: 3000,
    },
  },
  partitioned: {
    question: 'What does a write cost nodes that do not show it?',
    minutes: 4,
    axes: {
      ...THOROUGH,
      nodes: [8],
      queries: [200],
      layouts: ['partitioned'],
      writers: [1, 8],
      waitsFor: ['result'],
      writes: 2000,
      seconds: 20,
    },
  },
  versions: {
    question: 'What has changed since the version that --baseline names?',
    minutes: 9,
    axes: { ...THOROUGH, writers: [1, 8], waitsFor: ['clients', 'result'], rounds: 5 },
  },
  'large-documents': {
    question: 'What do documents of 100 KB cost?',
    minutes: 3,
    axes: { ...THOROUGH, queries: [20], documentBytes: [100, 100_000], operations: ['insert', 'update'] },
  },
  'one-node': {
    question: 'What does Cluster save a single node?',
    minutes: 4,
    axes: {
      ...THOROUGH,
      strategies: ['none', 'feed'],
      nodes: [1],
      queries: [200],
      writers: [2],
      writes: 200,
      seconds: 120,
      rounds: 1,
      idle: 20,
    },
  },
} as const satisfies Record<string, Question>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];
