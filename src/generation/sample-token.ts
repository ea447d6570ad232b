/** Draws one token from what a model predicts. Knows nothing of models, tokenizers or text. */
import type { Prediction } from '../model/continuation.ts';
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

/**
 * @param prediction made at the temperature of `sampling`.
 * @param before the tokens that the repetition penalty counts as repeated.
 */
export function sampleToken(
  prediction: Prediction,
  { temperature, topK, topP, repetitionPenalty }: Sampling,
  random: Random,
  before: Iterable<number> = [],
): number {
  const { logits, probabilities } =
    repetitionPenalty === 1 ? prediction : penalized(prediction, repetitionPenalty, temperature, before);
  if (temperature === 0) return indexOfLargest(logits);

  const floor = topK > 0 && topK < probabilities.length ? kthLargest(probabilities, topK) : 0;
  const { tokens, total } = topP < 1 ? nucleus(probabilities, floor, topP) : atLeast(probabilities, floor);

  let remaining = random() * total;
  return tokens.find((token) => (remaining -= probabilities[token]!) < 0) ?? tokens[0]!; // rounding can overshoot the last one
}

/** The tokens to draw from, and what their probabilities add up to. */
interface Choice {
  readonly tokens: readonly number[];
  readonly total: number;
}

/** Probabilities that are no longer normalised, which nothing here needs. */
function penalized(
  { logits, probabilities }: Prediction,
  penalty: number,
  temperature: number,
  before: Iterable<number>,
): Pick<Prediction, 'logits' | 'probabilities'> {
  const changed = { logits: logits.slice(), probabilities: probabilities.slice() };
  for (const token of new Set(before)) {
    const logit = logits[token]!;
    changed.logits[token] = logit > 0 ? logit / penalty : logit * penalty;
    changed.probabilities[token]! *= Math.exp((changed.logits[token]! - logit) / temperature);
  }
  return changed;
}

/** A float's exponent and three bits of its fraction are its bucket: numbers of the same one differ by an eighth at most. */
const BUCKET_BITS = 20;
const BUCKETS = 0x7f800000 >>> BUCKET_BITS;

/**
 * The fewest likeliest tokens that have `share` of what those from `floor` on have together. Only those of one bucket are
 * sorted: sorting all of 50,257 would take longer than a small model's step.
 */
function nucleus(probabilities: Float32Array, floor: number, share: number): Choice {
  // The bits of positive floats have the order of the floats.
  const bits = new Uint32Array(probabilities.buffer, probabilities.byteOffset, probabilities.length);
  const sums = new Float64Array(BUCKETS);
  let wanted = 0;
  for (let token = 0; token < probabilities.length; token++) {
    const probability = probabilities[token]!;
    if (probability < floor) continue;
    sums[bits[token]! >>> BUCKET_BITS]! += probability;
    wanted += share * probability;
  }
  let total = 0;
  let bucket = BUCKETS - 1;
  while (bucket > 0 && total + sums[bucket]! < wanted) total += sums[bucket--]!;

  const tokens: number[] = [];
  const last: number[] = [];
  for (let token = 0; token < probabilities.length; token++) {
    if (bits[token]! >>> BUCKET_BITS < bucket || probabilities[token]! < floor) continue;
    (bits[token]! >>> BUCKET_BITS === bucket ? last : tokens).push(token);
  }
  const ascending = Float32Array.from(last, (token) => probabilities[token]!).sort();
  let least = ascending.length;
  while (least > 0 && total < wanted) total += ascending[--least]!;
  for (const token of last) if (probabilities[token]! >= ascending[least]!) tokens.push(token);
  return { tokens, total };
}

function atLeast(probabilities: Float32Array, floor: number): Choice {
  const tokens: number[] = [];
  let total = 0;
  for (let token = 0; token < probabilities.length; token++) {
    if (probabilities[token]! < floor) continue;
    tokens.push(token);
    total += probabilities[token]!;
  }
  return { tokens, total };
}

/** Keeps the k largest values seen, ascending: most values are under the least of them and cost one comparison. */
function kthLargest(values: Float32Array, k: number): number {
  const largest = new Float32Array(k).fill(Number.NEGATIVE_INFINITY);
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (value <= largest[0]!) continue;
    let at = 0;
    for (; at + 1 < k && largest[at + 1]! < value; at++) largest[at] = largest[at + 1]!;
    largest[at] = value;
  }
  return largest[0]!;
}

function indexOfLargest(values: Float32Array): number {
  let at = 0;
  for (let index = 1; index < values.length; index++) if (values[index]! > values[at]!) at = index;
  return at;
}
