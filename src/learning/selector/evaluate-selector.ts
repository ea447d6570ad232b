/**
 * How good a selector is, told by decisions that it did not learn from: cross-validated by draft, so that the siblings of a
 * text are on its side, and measured on blind decisions alone, for where scores were shown the owner's choice echoes them.
 */
import { type Random, randomFrom, shuffled } from '../../random.ts';
import { wilson } from '../intervals.ts';
import type { Example } from './example.ts';
import { fitLogistic, logistic, logitOf } from './logistic-regression.ts';
import { rawLogit, type Selector, trainSelector, USUAL_RIDGE } from './selector.ts';

export interface Interval {
  readonly value: number;
  /** 95 % of resamples of the drafts lie between. */
  readonly low: number;
  readonly high: number;
}

export interface Evaluation {
  /** Blind drafts and the texts in them, of which those approved. */
  readonly drafts: number;
  readonly texts: number;
  readonly approved: number;
  /** The probability that an approved text is ranked above one that was not: 0.5 is chance. Null without both. */
  readonly auc: Interval | null;
  /** Mean squared distance of probability and outcome: 0 is perfect. Null of nothing. */
  readonly brier: Interval | null;
  /** The same for one who always says the mean share. */
  readonly brierOfMean: number | null;
  /** In order of probability, tenths of the texts or fewer: what was said and what was so. */
  readonly curve: readonly CalibrationPoint[];
}

export interface CalibrationPoint {
  readonly said: number;
  readonly was: Interval;
  readonly texts: number;
}

export interface HeldOut extends Pick<Example, 'draft' | 'approved' | 'weight' | 'blind'> {
  /** By a selector that saw neither this text nor its siblings. */
  readonly probability: number;
}

export interface CrossValidation {
  /** Of every example, in their order. */
  readonly heldOut: readonly HeldOut[];
  readonly ridge: number;
  readonly calibration: Selector['calibration'];
}

const FOLDS = 5;
const RIDGES = [1, 3, 10, 30, 100] as const;
/** Beyond, the usual ridge hardly differs from the best one, and five times the time is noticed. */
const MOST_TUNED = 5_000; // texts

/** Null where there is nothing to learn from yet. `seed` decides which drafts fall together. */
export function crossValidate(examples: readonly Example[], seed = 1): CrossValidation | null {
  const whole = trainSelector(examples);
  if (whole.ignorance !== null) return null;
  const foldOf = foldsOf(examples, randomFrom(seed));
  const ridges = examples.length <= MOST_TUNED ? RIDGES : [USUAL_RIDGE];
  const tried = ridges.map((ridge) => {
    const logits = heldOutLogits(examples, foldOf, { ...whole, ridge });
    return { ridge, logits, loss: logLoss(examples, logits, plattOf(examples, logits)) };
  });
  const best = tried.reduce((a, b) => (b.loss < a.loss ? b : a));
  const everyFold = Array.from({ length: FOLDS }, (_, fold) => fold);
  // A fold's calibration is found on the other folds, so that what is measured on it was not fitted to it.
  const platts = everyFold.map((fold) => plattOf(examples, best.logits, (draft) => foldOf.get(draft) !== fold));
  const heldOut = examples.map(({ draft, approved, weight, blind }, index): HeldOut => {
    const { slope, shift } = platts[foldOf.get(draft) ?? 0]!;
    return { draft, approved, weight, blind, probability: logistic(slope * best.logits[index]! + shift) };
  });
  return { heldOut, ridge: best.ridge, calibration: plattOf(examples, best.logits) };
}

/** Trained on everything, with the ridge and the calibration that held-out decisions bear out. */
export function trainCalibrated(
  examples: readonly Example[],
  seed = 1,
): { readonly selector: Selector; readonly validation: CrossValidation | null } {
  const validation = crossValidate(examples, seed);
  const { ridge = USUAL_RIDGE, calibration } = validation ?? {};
  return { selector: trainSelector(examples, { ridge, ...(calibration && { calibration }) }), validation };
}

/** Of the blind ones among what was held out. */
export function evaluate(heldOut: readonly HeldOut[], seed = 1): Evaluation {
  const blind = heldOut.filter((one) => one.blind).toSorted((a, b) => a.probability - b.probability);
  const resamples = resamplesOf(blind, randomFrom(seed));
  const mean = weightedMean(blind, ({ approved }) => Number(approved));
  return {
    drafts: new Set(blind.map(({ draft }) => draft)).size,
    texts: blind.length,
    approved: blind.filter(({ approved }) => approved).length,
    auc: intervalOf(blind, resamples, aucOf),
    brier: intervalOf(blind, resamples, brierOf),
    brierOfMean: mean === null ? null : mean * (1 - mean),
    curve: curveOf(blind),
  };
}

/**
 * Drafts by chance, but each fold with the like share of approvals: where a fold has more of them the others have fewer, and
 * selectors that know nothing would look worse than chance.
 */
function foldsOf(examples: readonly Example[], random: Random): ReadonlyMap<number, number> {
  const approvals = new Map<number, number>();
  for (const { draft, approved } of examples) approvals.set(draft, (approvals.get(draft) ?? 0) + Number(approved));
  const drafts = shuffled(
    [...approvals.keys()].sort((a, b) => a - b),
    random,
  ).toSorted((a, b) => approvals.get(a)! - approvals.get(b)!);
  return new Map(drafts.map((draft, index) => [draft, index % FOLDS]));
}

function heldOutLogits(
  examples: readonly Example[],
  foldOf: ReadonlyMap<number, number>,
  whole: Selector,
): Float64Array {
  const logits = new Float64Array(examples.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = examples.filter(({ draft }) => foldOf.get(draft) !== fold);
    // The basis knows texts, not what became of them, so it may be that of all.
    const selector = trainSelector(others, {
      previous: whole,
      ridge: whole.ridge,
      mayRenewBasis: false,
      fromFew: true,
    });
    for (const [index, example] of examples.entries()) {
      if (foldOf.get(example.draft) === fold) logits[index] = rawLogit(selector, example);
    }
  }
  return logits;
}

/** Platt 1999. A slope below 0 would turn the ranking round: such a selector knows nothing, and says the mean. */
function plattOf(
  examples: readonly Example[],
  logits: Float64Array,
  counts: (draft: number) => boolean = () => true,
): Selector['calibration'] {
  const chosen = examples.flatMap((example, index) =>
    counts(example.draft) ? [{ ...example, logit: logits[index]! }] : [],
  );
  const [shift = 0, slope = 1] = fitLogistic({
    rows: Float64Array.from(chosen, ({ logit }) => logit),
    d: 1,
    labels: Uint8Array.from(chosen, ({ approved }) => Number(approved)),
    weights: Float64Array.from(chosen, ({ weight }) => weight),
    ridge: 0.1,
  });
  return slope > 0
    ? { slope, shift }
    : { slope: 0, shift: logitOf(weightedMean(chosen, ({ approved }) => Number(approved)) ?? 0) };
}

function logLoss(
  examples: readonly Example[],
  logits: Float64Array,
  { slope, shift }: Selector['calibration'],
): number {
  return examples.reduce((sum, { approved, weight }, index) => {
    const p = logistic(slope * logits[index]! + shift);
    return sum - weight * Math.log(Math.max(1e-12, approved ? p : 1 - p));
  }, 0);
}

type Weigh = (one: HeldOut) => number;

/** Weighted Mann-Whitney, ties counting half; `ascending` by probability. */
function aucOf(ascending: readonly HeldOut[], weigh: Weigh): number | null {
  let [below, positive, wins] = [0, 0, 0];
  for (let from = 0; from < ascending.length; ) {
    let [up, down, to] = [0, 0, from];
    for (; to < ascending.length && ascending[to]!.probability === ascending[from]!.probability; to++) {
      const weight = weigh(ascending[to]!);
      if (ascending[to]!.approved) up += weight;
      else down += weight;
    }
    wins += up * (below + down / 2);
    below += down;
    positive += up;
    from = to;
  }
  return positive > 0 && below > 0 ? wins / (positive * below) : null;
}

function brierOf(texts: readonly HeldOut[], weigh: Weigh): number | null {
  let [total, sum] = [0, 0];
  for (const one of texts) {
    const weight = weigh(one);
    total += weight;
    sum += weight * (one.probability - Number(one.approved)) ** 2;
  }
  return total > 0 ? sum / total : null;
}

function weightedMean<Text extends { readonly weight: number }>(
  texts: readonly Text[],
  value: (one: Text) => number,
): number | null {
  const total = texts.reduce((sum, { weight }) => sum + weight, 0);
  return total > 0 ? texts.reduce((sum, one) => sum + one.weight * value(one), 0) / total : null;
}

const RESAMPLES = 500;

/** How often each draft was drawn, with replacement: siblings come and go together. */
function resamplesOf(texts: readonly HeldOut[], random: Random): readonly ReadonlyMap<number, number>[] {
  const drafts = [...new Set(texts.map(({ draft }) => draft))].sort((a, b) => a - b);
  return Array.from({ length: RESAMPLES }, () => {
    const drawn = new Map<number, number>();
    for (const _ of drafts) {
      const draft = drafts[Math.floor(random() * drafts.length)]!;
      drawn.set(draft, (drawn.get(draft) ?? 0) + 1);
    }
    return drawn;
  });
}

function intervalOf(
  texts: readonly HeldOut[],
  resamples: readonly ReadonlyMap<number, number>[],
  measure: (texts: readonly HeldOut[], weigh: Weigh) => number | null,
): Interval | null {
  const value = measure(texts, ({ weight }) => weight);
  if (value === null) return null;
  const drawn = resamples
    .flatMap((times) => measure(texts, ({ draft, weight }) => weight * (times.get(draft) ?? 0)) ?? [])
    .sort((a, b) => a - b);
  const quantile = (share: number) => drawn[Math.round(share * (drawn.length - 1))] ?? value;
  return { value, low: Math.min(value, quantile(0.025)), high: Math.max(value, quantile(0.975)) };
}

const BINS = 10;
const LEAST_IN_BIN = 10;

/** Wilson's intervals; what a text counts is the number of trials that it is. */
function curveOf(ascending: readonly HeldOut[]): CalibrationPoint[] {
  const bins = Math.min(BINS, Math.floor(ascending.length / LEAST_IN_BIN));
  return Array.from({ length: bins }, (_, bin) => {
    const texts = ascending.slice(
      Math.floor((bin * ascending.length) / bins),
      Math.floor(((bin + 1) * ascending.length) / bins),
    );
    const total = texts.reduce((sum, { weight }) => sum + weight, 0);
    const approved = texts.reduce((sum, one) => sum + (one.approved ? one.weight : 0), 0);
    const { value, low, high } = wilson(approved, total);
    const said = weightedMean(texts, ({ probability }) => probability) ?? 0;
    return { said, was: { value: value ?? 0, low, high }, texts: texts.length };
  });
}
