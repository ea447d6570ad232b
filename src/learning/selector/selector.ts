/** The small model that learns from decisions what the owner approves. Pure: examples in, probabilities out. */

import { HIDDEN, layoutOf, rowOf, rowsOf, WORDS } from './columns.ts';
import type { Example, Measured } from './example.ts';
import { type HiddenBasis, hiddenBasis, isOutgrown } from './hidden-basis.ts';
import { fitLogistic, logistic, logitOf } from './logistic-regression.ts';
import { evidenceOf, type WordEvidence, wordEvidence } from './word-evidence.ts';

/** Changes whenever an older program would read a selector wrongly. */
export const SELECTOR_VERSION = 2;

/** Fewer say too little: an AUC measured on 30 has an interval of some ± .2. */
export const LEAST_DECISIONS = 30;

export interface Selector {
  readonly version: typeof SELECTOR_VERSION;
  /** Drafts decided by the owner, and the texts shown in them. */
  readonly decisions: number;
  readonly examples: number;
  /** Why it does not know yet what its owner likes; null once it does. Until then the priors rank. */
  readonly ignorance: string | null;
  /** What it looks at, with the mean and deviation by which each is set to a common scale, and its weight in nats of log-odds. */
  readonly columns: readonly Column[];
  readonly constant: number;
  /** How hard weights are held down. */
  readonly ridge: number;
  readonly basis: HiddenBasis | null;
  /** What each word says, which is one of the columns; none while it does not know. */
  readonly words: WordEvidence;
  /** Turns its log-odds into those that held-out decisions bear out: slope · x + shift (Platt 1999). */
  readonly calibration: { readonly slope: number; readonly shift: number };
}

export interface Column {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
  readonly weight: number;
}

export interface TrainingOptions {
  /** The selector before the newest decision: a start, a basis and a calibration that need not be found anew. */
  readonly previous?: Selector | undefined;
  readonly ridge?: number;
  readonly calibration?: Selector['calibration'];
  /** Whether a basis that has become too small may be made anew; that takes a tenth of a second or so. */
  readonly mayRenewBasis?: boolean;
  /** Learns from however few: a part of enough decisions is enough. */
  readonly fromFew?: boolean;
}

export const USUAL_RIDGE = 3;
const AS_IT_IS = { slope: 1, shift: 0 } as const;

/** Learns from all of the examples; the same ones give the same selector, whatever was before, to within the solver's precision. */
export function trainSelector(examples: readonly Example[], options: TrainingOptions = {}): Selector {
  const { previous } = options;
  const ridge = options.ridge ?? previous?.ridge ?? USUAL_RIDGE;
  const calibration = options.calibration ?? previous?.calibration ?? AS_IT_IS;
  const basis = basisFor(examples, options);
  const decisions = new Set(examples.map(({ draft }) => draft)).size;
  const about = { version: SELECTOR_VERSION, decisions, examples: examples.length, ridge, basis } as const;
  const ignorance = whyIgnorant(examples, options.fromFew ? Math.max(decisions, LEAST_DECISIONS) : decisions);
  if (ignorance !== null) return { ...about, ignorance, columns: [], constant: 0, words: {}, calibration: AS_IT_IS };

  const { words, heldOut } = wordEvidence(examples);
  const { columns, rows } = designOf(examples, basis, heldOut);
  const start = startFrom(previous, columns);
  const beta = fitLogistic({
    rows,
    d: columns.length,
    labels: Uint8Array.from(examples, ({ approved }) => Number(approved)),
    weights: Float64Array.from(examples, ({ weight }) => weight),
    ridge,
    start,
  });
  return {
    ...about,
    ignorance,
    columns: columns.map((column, index) => ({ ...column, weight: beta[index + 1]! })),
    constant: beta[0]!,
    words,
    calibration,
  };
}

/** That the owner approves it, 0 to 1. A selector that does not know says what the priors say. */
export function probabilityOf(selector: Selector, measured: Measured): number {
  return logistic(calibrated(selector, measured));
}

/** Its log-odds before calibration. */
export function rawLogit(selector: Selector, measured: Measured): number {
  if (selector.ignorance !== null) return logitOf(measured.prior);
  return termsOf(selector, measured).reduce((sum, term) => sum + term, selector.constant);
}

function calibrated(selector: Selector, measured: Measured): number {
  const { slope, shift } = selector.calibration;
  return slope * rawLogit(selector, measured) + shift;
}

export interface Part {
  readonly name: string;
  /** In nats of log-odds: what it adds for this text, compared with an average one. */
  readonly part: number;
}

/** What each column adds; with `constantOf` they sum to the probability's log-odds. All of the hidden state is one part. */
export function partsOf(selector: Selector, measured: Measured): readonly Part[] {
  const parts = new Map<string, number>();
  for (const [index, term] of termsOf(selector, measured).entries()) {
    const column = selector.columns[index]!.name;
    const name = column.startsWith(`${HIDDEN} `) ? HIDDEN : column;
    parts.set(name, (parts.get(name) ?? 0) + selector.calibration.slope * term);
  }
  return [...parts].map(([name, part]) => ({ name, part }));
}

/** Of each column, before calibration. */
function termsOf({ columns, basis, words }: Selector, measured: Measured): number[] {
  const layout = layoutOf(Object.keys(measured.features), basis);
  const row = rowOf(measured, layout);
  const values = new Map(layout.names.map((name, index) => [name, row[index]!]));
  values.set(WORDS, evidenceOf(words, measured));
  return columns.map((column) => column.weight * scaled(column, values.get(column.name) ?? Number.NaN));
}

/** The log-odds of an average text. */
export function constantOf({ calibration, constant }: Selector): number {
  return calibration.slope * constant + calibration.shift;
}

function whyIgnorant(examples: readonly Example[], decisions: number): string | null {
  if (decisions < LEAST_DECISIONS) return `${decisions} of ${LEAST_DECISIONS} decisions that it needs to know anything`;
  if (!examples.some(({ approved }) => approved)) return `${decisions} decisions, and nothing was ever approved`;
  if (examples.every(({ approved }) => approved)) return `${decisions} decisions, and everything was approved`;
  return null;
}

function basisFor(
  examples: readonly Example[],
  { previous, mayRenewBasis = true }: TrainingOptions,
): HiddenBasis | null {
  const model = examples.findLast((example) => example.model !== undefined)?.model;
  if (model === undefined) return null;
  const earlier = previous?.basis?.model === model ? previous.basis : null;
  const states = examples.flatMap((example) => (example.model === model && example.hidden ? [example.hidden] : []));
  if (earlier && (!mayRenewBasis || !isOutgrown(earlier, states.length))) return earlier;
  return hiddenBasis(states, model) ?? null;
}

type Design = { readonly columns: readonly Omit<Column, 'weight'>[]; readonly rows: Float64Array };

/**
 * Every column with mean 0 and deviation 1; what is missing is the mean. Columns in which nothing differs are left out.
 * `said`: of each example, what its words say by other drafts.
 */
function designOf(examples: readonly Example[], basis: HiddenBasis | null, said: Float64Array): Design {
  const { layout, rows: measured } = rowsOf(examples, basis);
  const names = [...layout.names, WORDS];
  const values = new Float64Array(examples.length * names.length);
  for (const [row, own] of measured.entries()) {
    values.set(own, row * names.length);
    values[(row + 1) * names.length - 1] = said[row]!;
  }
  const columns = spreadsOf(values, names.length)
    .map((spread, index) => ({ name: names[index]!, index, ...spread }))
    .filter(({ deviation }) => deviation > 1e-9);
  const rows = new Float64Array(examples.length * columns.length);
  let at = 0;
  for (let from = 0; from < values.length; from += names.length) {
    for (const column of columns) rows[at++] = scaled(column, values[from + column.index]!);
  }
  return { columns: columns.map(({ name, mean, deviation }) => ({ name, mean, deviation })), rows };
}

/** Of each column of [n, width], without what is missing. Row by row, for that is how they lie in memory. */
function spreadsOf(values: Float64Array, width: number): readonly Pick<Column, 'mean' | 'deviation'>[] {
  const [counts, means, squares] = [new Float64Array(width), new Float64Array(width), new Float64Array(width)];
  for (let at = 0; at < values.length; at++) {
    if (!Number.isFinite(values[at]!)) continue;
    counts[at % width]!++;
    means[at % width]! += values[at]!;
  }
  for (let column = 0; column < width; column++) means[column]! /= Math.max(1, counts[column]!);
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at]!)) squares[at % width]! += (values[at]! - means[at % width]!) ** 2;
  }
  return Array.from(means, (mean, column) => {
    return { mean, deviation: Math.sqrt(squares[column]! / Math.max(1, counts[column]!)) };
  });
}

/** A value far outside of what it has learned from says no more than one at the edge. */
const FARTHEST = 5; // deviations

function scaled({ mean, deviation }: Pick<Column, 'mean' | 'deviation'>, value: number): number {
  if (!Number.isFinite(value)) return 0;
  return Math.max(-FARTHEST, Math.min(FARTHEST, (value - mean) / deviation));
}

/** The weights of before, for the columns that are still the same. */
function startFrom(previous: Selector | undefined, columns: Design['columns']): Float64Array | undefined {
  if (!previous || previous.ignorance !== null) return undefined;
  const before = new Map(previous.columns.map(({ name, weight }) => [name, weight]));
  return Float64Array.of(previous.constant, ...columns.map(({ name }) => before.get(name) ?? 0));
}
