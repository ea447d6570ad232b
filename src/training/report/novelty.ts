/** How much of what texts say was said before, from the lengths of their matches. Knows nothing of words or files. */

/** n-grams of 1 to so many words. */
export const LONGEST_NGRAM = 10;

/**
 * The share of a text's n-grams that do not occur in the training text, for n = 1 … LONGEST_NGRAM, 0 to 1; null where no
 * text is as long. RAVEN, McCoy et al. 2021 (arXiv 2111.09509), section 4.
 * @param matches what `longestMatches` says of each text.
 */
export function novelty(matches: readonly Uint32Array[]): (number | null)[] {
  return Array.from({ length: LONGEST_NGRAM }, (_, index) => {
    const n = index + 1;
    const grams = matches.reduce((sum, { length }) => sum + Math.max(0, length - n + 1), 0);
    const novel = matches.reduce((sum, text) => sum + count(text.subarray(n - 1), (match) => match < n), 0);
    return grams > 0 ? novel / grams : null;
  });
}

/** The share of the words of all texts that lie in copies of at least so many words, 0 to 1; 0 where there are none. */
export function copiedShare(matches: readonly Uint32Array[], shortest: number): number {
  const words = matches.reduce((sum, { length }) => sum + length, 0);
  return words > 0 ? matches.reduce((sum, text) => sum + copiedWords(text, shortest), 0) / words : 0;
}

function copiedWords(matches: Uint32Array, shortest: number): number {
  let copied = 0;
  let from = matches.length; // where the copies that reach to the right of `at` begin
  for (let at = matches.length - 1; at >= 0; at--) {
    const match = matches[at]!;
    if (match >= shortest) from = Math.min(from, at - match + 1);
    if (at >= from) copied++;
  }
  return copied;
}

function count(values: Uint32Array, accept: (value: number) => boolean): number {
  return values.reduce((sum, value) => sum + (accept(value) ? 1 : 0), 0);
}
