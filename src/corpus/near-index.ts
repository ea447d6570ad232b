/** Finds a text among many that says nearly the same: MinHash as in near-duplicates.ts, for one text at a time. */
import { BANDS, bandsOf, NEAR_DUPLICATE, shinglesOf, similarity } from './near-duplicates.ts';

/** The arrays of an index, for whoever keeps them on disk: chains of the bands with one hash. Band b of text t is t · BANDS + b. */
export interface NearIndexParts {
  /** The number + 1 of the first; 0 ends. */
  readonly heads: Uint32Array;
  readonly next: Uint32Array;
}

export interface NearText {
  readonly textIndex: number;
  /** Of their shingles: Jaccard. */
  readonly similarity: number;
}

/** Takes some 170 bytes a text. */
export class NearIndex {
  readonly parts: NearIndexParts;
  readonly #textAt: (index: number) => string;

  /** @param textAt the texts that were indexed, which hits are verified with. */
  constructor(texts: readonly string[] | NearIndexParts, textAt: (index: number) => string) {
    this.parts = 'heads' in texts ? texts : partsOf(texts);
    this.#textAt = textAt;
  }

  /** The first that is found to be as similar as a near duplicate. */
  find(text: string): NearText | undefined {
    const { heads, next } = this.parts;
    const shingles = shinglesOf(text);
    const seen = new Set<number>();
    for (const hash of bandsOf(shingles)) {
      for (let at = heads[hash & (heads.length - 1)]!; at !== 0; at = next[at - 1]!) {
        const textIndex = Math.floor((at - 1) / BANDS);
        if (seen.has(textIndex)) continue;
        if (seen.size >= MOST_CHECKS) return undefined;
        seen.add(textIndex);
        const likeness = similarity(shingles, shinglesOf(this.#textAt(textIndex)));
        if (likeness >= NEAR_DUPLICATE) return { textIndex, similarity: likeness };
      }
    }
    return undefined;
  }
}

/** Where many texts share bands and yet differ (templates), only so many are looked at. */
const MOST_CHECKS = 512;

function partsOf(texts: readonly string[]): NearIndexParts {
  const heads = new Uint32Array(2 ** Math.ceil(Math.log2(texts.length * BANDS + 1)));
  const next = new Uint32Array(texts.length * BANDS);
  for (const [index, text] of texts.entries()) {
    for (const [band, hash] of bandsOf(shinglesOf(text)).entries()) {
      const slot = hash & (heads.length - 1);
      next[index * BANDS + band] = heads[slot]!;
      heads[slot] = index * BANDS + band + 1;
    }
  }
  return { heads, next };
}
