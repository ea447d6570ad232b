/**
 * An interpolated modified Kneser-Ney n-gram over token ids (Chen and Goodman 1998, TR-10-98, section 3): the floor that
 * a network has to beat. Knows nothing of text.
 */
import { addGram, findGram, type GramLevel, newLevel } from './gram-level.ts';

export interface NgramSettings {
  readonly order: number;
  readonly vocabularySize: number;
  readonly endOfText: number;
}
export interface Ngrams extends NgramSettings {
  /** At index n, the n-grams of length n; at 0, the empty one. */
  readonly levels: readonly GramLevel[];
  /** Of each level. */
  readonly discounts: readonly Discounts[];
}
/** What is taken from a count of 0, of 1, of 2, and of 3 or more. */
export type Discounts = readonly [0, number, number, number];

/**
 * @param tokens documents in a row, each between two end-of-text tokens. That token is predicted at a document's end and
 * is context at its beginning; nothing is counted across it.
 */
export function trainNgrams(tokens: Uint32Array, settings: NgramSettings): Ngrams {
  const { order, vocabularySize, endOfText } = settings;
  const levels = Array.from({ length: order + 1 }, (_, n) => newLevel(Math.min(vocabularySize ** n, tokens.length)));
  addGram(levels[0]!, 0, 0);
  countGrams(levels, tokens, endOfText);

  const discounts = levels.map((level) => discountsOf(countsOfCounts(level)));
  for (let n = 1; n <= order; n++) sumContinuations(levels[n - 1]!, levels[n]!, discounts[n]!);
  return { ...settings, levels, discounts };
}

/** Σ of -ln p over every token but the first, in nats, each given what stands before it in its document. */
export function negativeLogLikelihood(ngrams: Ngrams, tokens: Uint32Array): number {
  let ending = startOfDocument(ngrams);
  let sum = 0;
  for (const word of tokens.subarray(1)) {
    sum -= Math.log(probabilityAfter(ngrams, ending, word));
    ending = word === ngrams.endOfText ? startOfDocument(ngrams) : extend(ngrams, ending, word);
  }
  return sum;
}

/** p(word | context), where the context is a document from its beginning on. */
export function probability(ngrams: Ngrams, context: readonly number[], word: number): number {
  const ending = context.reduce((earlier: Ending, token) => extend(ngrams, earlier, token), startOfDocument(ngrams));
  return probabilityAfter(ngrams, ending, word);
}

/** The places, in their levels, of the n-grams that end at a token, by length; -1 where one was never seen. */
type Ending = readonly number[];

function startOfDocument({ levels, endOfText }: Ngrams): Ending {
  return [0, findGram(levels[1]!, 0, endOfText)];
}

function extend({ levels, order }: Ngrams, ending: Ending, word: number): Ending {
  const longest = Math.min(order, ending.length);
  return [
    0,
    ...Array.from({ length: longest }, (_, shorter) => findGram(levels[shorter + 1]!, ending[shorter]!, word)),
  ];
}

/** From the uniform distribution upwards: each order hands what it reserves to the one below. */
function probabilityAfter({ levels, discounts, order, vocabularySize }: Ngrams, ending: Ending, word: number): number {
  let p = 1 / vocabularySize;
  for (let n = 1; n <= Math.min(order, ending.length); n++) {
    const context = ending[n - 1]!;
    const total = context < 0 ? 0 : levels[n - 1]!.totals[context]!;
    if (total === 0) continue; // never seen, or never before another token
    const place = findGram(levels[n]!, context, word);
    const seen = place < 0 ? 0 : levels[n]!.counts[place]!;
    p = (seen - discountOf(discounts[n]!, seen) + levels[n - 1]!.reserved[context]! * p) / total;
  }
  return p;
}

/**
 * Counts occurrences at the highest order and of what begins a document, since nothing precedes it; at every other
 * order, the different tokens before a n-gram: one for each longer n-gram that is new.
 */
function countGrams(levels: readonly GramLevel[], tokens: Uint32Array, endOfText: number): void {
  const order = levels.length - 1;
  let ending = new Int32Array(order + 1); // the places of the n-grams that end at the last token
  let next = new Int32Array(order + 1);
  let start = 0; // of this document: its end-of-text token
  ending[1] = addGram(levels[1]!, 0, endOfText);
  for (let at = 1; at < tokens.length; at++) {
    const word = tokens[at]!;
    const depth = at - start + 1;
    let longerIsNew = false;
    for (let n = Math.min(order, depth); n >= 1; n--) {
      const level = levels[n]!;
      const before = level.size;
      const place = addGram(level, ending[n - 1]!, word);
      if (n === order || n === depth || longerIsNew) level.counts[place]! += 1;
      longerIsNew = level.size > before;
      next[n] = place;
    }
    [ending, next] = [next, ending];
    if (word === endOfText) start = at;
  }
}

/** Adds a level's counts up in their contexts, which lie one level above. */
function sumContinuations(contexts: GramLevel, { size, prefixes, counts }: GramLevel, discounts: Discounts): void {
  for (let place = 0; place < size; place++) {
    contexts.totals[prefixes[place]!]! += counts[place]!;
    contexts.reserved[prefixes[place]!]! += discountOf(discounts, counts[place]!);
  }
}

/** How many n-grams were counted once, twice, three and four times. */
function countsOfCounts({ size, counts }: GramLevel): readonly [number, number, number, number] {
  const found: [number, number, number, number] = [0, 0, 0, 0];
  for (const count of counts.subarray(0, size)) if (count >= 1 && count <= 4) found[count - 1]! += 1;
  return found;
}

/** Chen and Goodman's estimate, their equation 26; where a corpus is too small for one, ½, 1 and 1½, as KenLM has it. */
export function discountsOf([once, twice, thrice, four]: readonly [number, number, number, number]): Discounts {
  const y = once / (once + 2 * twice);
  const estimates: Discounts = [
    0,
    1 - (2 * y * twice) / once,
    2 - (3 * y * thrice) / twice,
    3 - (4 * y * four) / thrice,
  ];
  const usable = estimates.every((discount, seen) => discount >= 0 && discount <= seen) && four > 0;
  return usable ? estimates : [0, 0.5, 1, 1.5];
}

function discountOf(discounts: Discounts, seen: number): number {
  return discounts[Math.min(seen, 3)]!;
}
