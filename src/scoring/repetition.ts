/**
 * Share of the n-grams of a text that occurred in it before: 0 where none repeats, near 1 in a loop. "seq-rep-n" of
 * Welleck et al. 2019, Neural Text Generation with Unlikelihood Training (arXiv 1908.04319), section 3. Takes tokens or words.
 */
export function seqRep(items: readonly (string | number)[], n: number): number {
  const count = items.length - n + 1;
  return count > 0 ? 1 - uniqueNgrams(items, n) / count : 0;
}

/** Share of different n-grams among all: "distinct-n" of Li et al. 2016 (arXiv 1510.03055). 1 where there are none. */
export function distinct(items: readonly (string | number)[], n: number): number {
  return 1 - seqRep(items, n);
}

function uniqueNgrams(items: readonly (string | number)[], n: number): number {
  const seen = new Set<string>();
  for (let start = 0; start + n <= items.length; start++) seen.add(items.slice(start, start + n).join(' '));
  return seen.size;
}
