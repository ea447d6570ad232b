/** Finds texts that say nearly the same: MinHash over shingles, locality-sensitive hashing, and a check of every hit. */

/** The Jaccard similarity of two sets of shingles from which on the later text is a duplicate. In a post of a hundred characters: one word changed. */
export const NEAR_DUPLICATE = 0.8;

/** In letters and digits. */
const SHINGLE = 5;

/** For whoever reads what was left out. */
export const NEAR_DUPLICATE_RULE = `of all the pieces of ${SHINGLE} letters that two texts have, ${NEAR_DUPLICATE * 100}% are in both (Jaccard similarity ${NEAR_DUPLICATE} or more)`;

/**
 * Broder 1997, Indyk and Motwani 1998: two texts of similarity s share a band with the probability 1 - (1 - sᴿ)ᴮ. With
 * R = 5 and B = 20 that is 0.9996 at 0.8, 0.47 at 0.5, and 0.002 at 0.1.
 */
export const BANDS = 20;
const ROWS = 5;
const HASHES = BANDS * ROWS;
/** Of a long text only its beginning is compared; in characters. */
const LONGEST = 20_000;
/** Where many texts share a band and yet differ (templates), only so many are looked at. */
const MOST_CHECKS = 64;

/**
 * For each text the index of the earlier text that it nearly repeats, or -1 where it stands: a text is compared with those
 * that stand, so the first of a cluster is kept and every other one is near that one. Takes some 250 bytes a text.
 */
export function nearDuplicates(texts: readonly string[], threshold = NEAR_DUPLICATE): Int32Array {
  const originals = new Int32Array(texts.length).fill(-1);
  const slots = 2 ** Math.ceil(Math.log2(Math.max(2, texts.length)));
  /** For each band, chains of the texts with one hash: index + 1 of the newest, then of the next older; 0 ends. */
  const heads = new Uint32Array(BANDS * slots);
  const next = new Uint32Array(BANDS * texts.length);
  const bands = new Int32Array(BANDS * texts.length);
  const lastCheck = new Uint32Array(texts.length);
  const minima = new Int32Array(HASHES);

  for (let index = 0; index < texts.length; index++) {
    const shingles = shinglesOf(texts[index]!);
    minimise(shingles, minima);
    let checks = 0;
    for (let band = 0; band < BANDS && originals[index] === -1; band++) {
      const hash = bandHash(minima, band);
      bands[index * BANDS + band] = hash;
      const head = heads[band * slots + (hash & (slots - 1))]!;
      for (let at = head; at !== 0 && checks < MOST_CHECKS; at = next[(at - 1) * BANDS + band]!) {
        const earlier = at - 1;
        if (bands[earlier * BANDS + band] !== hash || lastCheck[earlier] === index) continue;
        lastCheck[earlier] = index;
        checks++;
        if (similarity(shingles, shinglesOf(texts[earlier]!)) >= threshold) {
          originals[index] = earlier;
          break;
        }
      }
    }
    if (originals[index] !== -1) continue;
    for (let band = 0; band < BANDS; band++) {
      const slot = band * slots + (bands[index * BANDS + band]! & (slots - 1));
      next[index * BANDS + band] = heads[slot]!;
      heads[slot] = index + 1;
    }
  }
  return originals;
}

/** Sorted, each once: a hash for every five letters or digits in a row, whatever their case, and single spaces between words. */
export function shinglesOf(text: string): Int32Array {
  const words = text
    .slice(0, LONGEST)
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
  const count = Math.max(1, words.length - SHINGLE + 1);
  const hashes = new Int32Array(count);
  for (let start = 0; start < count; start++) {
    const end = Math.min(words.length, start + SHINGLE);
    let hash = 0x811c9dc5; // FNV-1a over UTF-16 units, then the finish of Murmur3
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ words.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hashes[start] = hash ^ (hash >>> 16);
  }
  hashes.sort();
  let kept = 1;
  for (let at = 1; at < count; at++) if (hashes[at] !== hashes[at - 1]) hashes[kept++] = hashes[at]!;
  return hashes.subarray(0, kept);
}

/** The share of what two sorted sets have in common in what they have in all. */
export function similarity(a: Int32Array, b: Int32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [left, right] = [a[i]!, b[j]!];
    if (left === right) shared++;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return shared / (a.length + b.length - shared);
}

const MULTIPLIERS = constants(0x9e3779b9);
const ADDENDS = constants(0x7f4a7c15);

/** Odd numbers, so that multiplying by them loses nothing. */
function constants(step: number): Int32Array {
  return Int32Array.from({ length: HASHES }, (_, index) => {
    let mixed = Math.imul(index + 1, step);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) | 1;
  });
}

/** A hash for each band: texts that share one may be near duplicates. */
export function bandsOf(shingles: Int32Array): Int32Array {
  const minima = new Int32Array(HASHES);
  minimise(shingles, minima);
  return Int32Array.from({ length: BANDS }, (_, band) => bandHash(minima, band));
}

/** Of each hash function, the smallest value over all shingles. */
function minimise(shingles: Int32Array, minima: Int32Array): void {
  for (let hash = 0; hash < HASHES; hash++) {
    const multiplier = MULTIPLIERS[hash]!;
    const addend = ADDENDS[hash]!;
    let least = 0x7fffffff;
    for (let at = 0; at < shingles.length; at++) {
      const value = (Math.imul(shingles[at]!, multiplier) + addend) | 0;
      if (value < least) least = value;
    }
    minima[hash] = least;
  }
}

function bandHash(minima: Int32Array, band: number): number {
  let hash = band + 1;
  for (let row = band * ROWS; row < (band + 1) * ROWS; row++) {
    hash = Math.imul(hash ^ minima[row]!, 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  return hash | 0;
}
