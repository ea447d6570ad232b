/** Draws one token from what a model predicts, on typed arrays that are used again. Knows nothing of models, tokenizers or text. */
import type { Random } from '../random.ts';

export interface Sampling {
  /** 0 takes the likeliest token, 1 draws as the model has it. */
  readonly temperature: number;
  /** Only the likeliest so many tokens; 0 keeps all. */
  readonly topK: number;
  /** Only the fewest likeliest tokens that have this much of the probability together (arXiv 1904.09751); 1 keeps all. */
  readonly topP: number;
  /** Divides the logits of tokens that were there before (arXiv 1909.05858); 1 is none. */
  readonly repetitionPenalty: number;
  /** Tokens to write at most. */
  readonly maxTokens: number;
}

/** What a model says of the next tokens of some rows, at each row's temperature. */
export interface Predictions {
  /** [rows, V], the softmax of logits / temperature. */
  readonly probabilities: Float32Array;
  /** [rows]: a probability is exp(logit / temperature - this). */
  readonly logPartitions: Float32Array;
  /** [rows]: a logit less this is the model's own log-probability, in nats. */
  readonly logNormalizers: Float32Array;
}

/** The model's own log-probability of a token, in nats, whatever the temperature that the predictions were made at. */
export function logProbability(predictions: Predictions, row: number, token: number, temperature: number): number {
  return logitOf(predictions, row, token, temperature) - predictions.logNormalizers[row]!;
}

function logitOf({ probabilities, logPartitions }: Predictions, row: number, token: number, temperature: number) {
  const V = probabilities.length / logPartitions.length;
  return (Math.log(probabilities[row * V + token]!) + logPartitions[row]!) * (temperature || 1);
}

/**
 * @param predictions made at the temperature of `sampling` in that row, or at 1 where it is 0.
 * @param before the tokens that the repetition penalty counts as repeated.
 */
export function sampleToken(
  predictions: Predictions,
  row: number,
  sampling: Sampling,
  random: Random,
  before: Iterable<number> = [],
): number {
  const V = predictions.probabilities.length / predictions.logPartitions.length;
  const isPenalized = sampling.repetitionPenalty !== 1;
  const values = isPenalized ? penalized(predictions, row, sampling, before) : predictions.probabilities;
  const begin = isPenalized ? 0 : row * V;
  if (sampling.temperature === 0) return indexOfLargest(values, begin, V);

  const { topK, topP } = sampling;
  if (topK === 0 && topP >= LEAST_SHARE_TO_TRY)
    return drawUntilKept(values, begin, V, isPenalized ? sumFrom(values, begin, V, 0) : 1, topP, random);
  const floor = topK > 0 && topK < V ? kthLargest(values, begin, V, topK) : 0;
  const least = topP < 1 ? leastOfNucleus(values, begin, V, floor, topP) : floor;
  return drawFrom(values, begin, V, least, random() * sumFrom(values, begin, V, least));
}

/** So many values are added up before anything is decided of them: decisions are what takes the time. */
const STRETCH = 128;

/** Below this share, drawing from all tokens until one is kept would take more draws than finding those that are. */
const LEAST_SHARE_TO_TRY = 0.7;

/**
 * Draws from all tokens until one is of the nucleus: the same chances as drawing from the nucleus, without finding its least
 * token first. Those that are likelier than one of the nucleus have less than `share` of `total` together, so those that are
 * not have more than the rest, which most often shows after few of them.
 */
function drawUntilKept(
  values: Float32Array,
  begin: number,
  V: number,
  total: number,
  share: number,
  random: Random,
): number {
  for (;;) {
    const token = drawFrom(values, begin, V, 0, random() * total);
    if (share >= 1 || isMoreThan((1 - share) * total, values, begin, V, values[begin + token]!)) return token;
  }
}

/** Whether the tokens of at most this probability have more than `rest` together. */
function isMoreThan(rest: number, values: Float32Array, begin: number, V: number, probability: number): boolean {
  const end = begin + V;
  let even = 0;
  let odd = 0;
  let at = begin;
  while (at + STRETCH <= end) {
    for (const stop = at + STRETCH; at < stop; at += 2) {
      const one = values[at]!;
      const other = values[at + 1]!;
      even += one * +(one <= probability);
      odd += other * +(other <= probability);
    }
    if (even + odd > rest) return true;
  }
  for (; at < end; at++) even += values[at]! * +(values[at]! <= probability);
  return even + odd > rest;
}

/** Room for one row's probabilities, and for those of one bucket. */
let changed = new Float32Array();
let bucketed = new Float32Array();

/** One row's probabilities that are no longer normalised, which nothing here needs. */
function penalized(
  predictions: Predictions,
  row: number,
  { repetitionPenalty: penalty, temperature }: Sampling,
  before: Iterable<number>,
): Float32Array {
  const { probabilities, logPartitions } = predictions;
  const V = probabilities.length / logPartitions.length;
  if (changed.length !== V) changed = new Float32Array(V);
  changed.set(probabilities.subarray(row * V, (row + 1) * V));
  for (const token of before) {
    const probability = probabilities[row * V + token]!;
    if (probability === 0) continue;
    const logit = logitOf(predictions, row, token, temperature);
    const lower = logit > 0 ? logit / penalty : logit * penalty;
    changed[token] = probability * Math.exp((lower - logit) / (temperature || 1));
  }
  return changed;
}

/** A float's exponent and three bits of its fraction are its bucket: numbers of the same one differ by an eighth at most. */
const BUCKET_BITS = 20;
const BUCKETS = 0x7f800000 >>> BUCKET_BITS;
/** A bucket is cut again by the next bits, for where a model is unsure, one bucket holds a third of the vocabulary. */
const PART_BITS = 8;
const PARTS = 2 ** (BUCKET_BITS - PART_BITS);
const sums = new Float64Array(Math.max(BUCKETS, PARTS));
let viewed: Float32Array = new Float32Array();
let bits: Uint32Array = new Uint32Array();

/** The bits of positive floats have the order of the floats. */
function bitsOf(values: Float32Array): Uint32Array {
  if (values !== viewed) bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  viewed = values;
  return bits;
}

/**
 * The least probability among the fewest likeliest tokens that have `share` of what those from `floor` on have together.
 * Only the probabilities of a part of one bucket are sorted: sorting all of 50,257 would take longer than a small model's step.
 */
function leastOfNucleus(values: Float32Array, begin: number, V: number, floor: number, share: number): number {
  const bits = bitsOf(values);
  sums.fill(0, 0, BUCKETS);
  for (let at = begin; at < begin + V; at++) {
    const value = values[at]!;
    if (value >= floor) sums[bits[at]! >>> BUCKET_BITS]! += value;
  }
  let wanted = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) wanted += share * sums[bucket]!;
  let total = 0;
  let bucket = BUCKETS - 1;
  while (bucket > 0 && total + sums[bucket]! < wanted) total += sums[bucket--]!;

  if (bucketed.length < V) bucketed = new Float32Array(V);
  let count = 0;
  for (let at = begin; at < begin + V; at++) {
    if (bits[at]! >>> BUCKET_BITS === bucket && values[at]! >= floor) bucketed[count++] = values[at]!;
  }
  const bucketBits = bitsOf(bucketed);
  sums.fill(0, 0, PARTS);
  for (let at = 0; at < count; at++) sums[(bucketBits[at]! >>> PART_BITS) & (PARTS - 1)]! += bucketed[at]!;
  let part = PARTS - 1;
  while (part > 0 && total + sums[part]! < wanted) total += sums[part--]!;
  let kept = 0;
  for (let at = 0; at < count; at++) {
    const value = bucketed[at]!;
    if (((bucketBits[at]! >>> PART_BITS) & (PARTS - 1)) === part) bucketed[kept++] = value;
  }
  const ascending = bucketed.subarray(0, kept).sort();
  let least = kept;
  while (least > 0 && total < wanted) total += ascending[--least]!;
  return ascending[Math.min(least, kept - 1)] ?? floor;
}

/**
 * Of the values of at least `least`. In four sums side by side, for an addition has to wait for the one before it to the same
 * sum; and with a product where an `if` would be guessed wrong every other time: together a tenth of the time.
 */
function sumFrom(values: Float32Array, begin: number, length: number, least: number): number {
  const end = begin + length;
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let at = begin;
  if (least > 0) {
    for (; at + 4 <= end; at += 4) {
      const a = values[at]!;
      const b = values[at + 1]!;
      const c = values[at + 2]!;
      const d = values[at + 3]!;
      first += a * +(a >= least);
      second += b * +(b >= least);
      third += c * +(c >= least);
      fourth += d * +(d >= least);
    }
  } else {
    for (; at + 4 <= end; at += 4) {
      first += values[at]!;
      second += values[at + 1]!;
      third += values[at + 2]!;
      fourth += values[at + 3]!;
    }
  }
  for (; at < end; at++) first += values[at]! * +(values[at]! >= least);
  return first + second + (third + fourth);
}

/** Of the tokens from `least` on, in the order of the vocabulary, the one at which their sum passes `chance`. */
function drawFrom(values: Float32Array, begin: number, V: number, least: number, chance: number): number {
  const end = begin + V;
  let remaining = chance;
  let at = begin;
  for (; at + STRETCH <= end; at += STRETCH) {
    const sum = sumFrom(values, at, STRETCH, least);
    if (remaining < sum) break;
    remaining -= sum;
  }
  for (; at < end; at++) if (values[at]! >= least && (remaining -= values[at]!) < 0) return at - begin;
  at = end - 1; // rounding can overshoot the last one
  while (at > begin && (values[at]! < least || values[at] === 0)) at--;
  return at - begin;
}

/** Keeps the k largest values seen, ascending: most values are under the least of them and cost one comparison. */
function kthLargest(values: Float32Array, begin: number, V: number, k: number): number {
  if (bucketed.length < V) bucketed = new Float32Array(V);
  const largest = bucketed.fill(Number.NEGATIVE_INFINITY, 0, k);
  for (let index = begin; index < begin + V; index++) {
    const value = values[index]!;
    if (value <= largest[0]!) continue;
    let at = 0;
    for (; at + 1 < k && largest[at + 1]! < value; at++) largest[at] = largest[at + 1]!;
    largest[at] = value;
  }
  return largest[0]!;
}

function indexOfLargest(values: Float32Array, begin: number, V: number): number {
  let at = begin;
  for (let index = begin + 1; index < begin + V; index++) if (values[index]! > values[at]!) at = index;
  return at - begin;
}
