import { shinglesOf, similarity } from '../corpus/near-duplicates.ts';
import { wordsOf } from '../corpus/words.ts';

/** Half of what they say is the same: somebody who chooses between them chooses nothing. */
const TOO_NEAR = 0.5;

/** Without those that say nearly what a better one says, nor begin with the same words. Best first, and stays so. */
export function differentReplies<One extends { readonly text: string }>(ranked: readonly One[]): readonly One[] {
  const kept: { readonly one: One; readonly shingles: Int32Array; readonly opening: string }[] = [];
  for (const one of ranked) {
    const shingles = shinglesOf(one.text);
    const opening = wordsOf(one.text).slice(0, 4).join(' ');
    const isKnown = kept.some(
      (better) => better.opening === opening || similarity(better.shingles, shingles) >= TOO_NEAR,
    );
    if (!isKnown) kept.push({ one, shingles, opening });
  }
  return kept.map(({ one }) => one);
}
