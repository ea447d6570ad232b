/** All n-grams of one length, in typed arrays: tens of millions fit. One is found by its prefix and its last token. */
export interface GramLevel {
  size: number;
  /** Open addressing: a n-gram's place plus 1, or 0 where there is none. */
  readonly slots: Int32Array;
  /** Of each n-gram: the place of its prefix in the level above, and its last token. */
  readonly prefixes: Int32Array;
  readonly words: Uint16Array;
  readonly counts: Uint32Array;
  /** Of each n-gram as a context: the sum of its continuations' counts, and of their discounts. */
  readonly totals: Float64Array;
  readonly reserved: Float64Array;
}

/** @param capacity the most n-grams it will hold. Pages that are never written cost no memory. */
export function newLevel(capacity: number): GramLevel {
  return {
    size: 0,
    slots: new Int32Array(2 ** Math.ceil(Math.log2(capacity * 1.5 + 1))),
    prefixes: new Int32Array(capacity),
    words: new Uint16Array(capacity),
    counts: new Uint32Array(capacity),
    totals: new Float64Array(capacity),
    reserved: new Float64Array(capacity),
  };
}

/** The n-gram's place, or -1; a prefix of -1 has no n-grams. */
export function findGram(level: GramLevel, prefix: number, word: number): number {
  return prefix < 0 ? -1 : level.slots[slotOf(level, prefix, word)]! - 1;
}

/** The n-gram's place; a new one gets the next, with a count of 0. */
export function addGram(level: GramLevel, prefix: number, word: number): number {
  const slot = slotOf(level, prefix, word);
  const known = level.slots[slot]!;
  if (known > 0) return known - 1;

  const place = level.size++;
  if (place >= level.prefixes.length) throw new Error(`More than the ${place} n-grams that there was room for`);
  level.slots[slot] = place + 1;
  level.prefixes[place] = prefix;
  level.words[place] = word;
  return place;
}

/** Where the n-gram is, or would be put. */
function slotOf({ slots, prefixes, words }: GramLevel, prefix: number, word: number): number {
  const mask = slots.length - 1;
  let hash = Math.imul(prefix + 1, 0x9e3779b1) ^ Math.imul(word + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  let slot = (hash ^ (hash >>> 13)) & mask;
  while (slots[slot] !== 0 && !(prefixes[slots[slot]! - 1] === prefix && words[slots[slot]! - 1] === word)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}
