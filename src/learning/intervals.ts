/** How far a share that was counted may be from the true one. */

export interface Rate {
  readonly count: number;
  readonly of: number;
  /** count / of; null of nothing. */
  readonly value: number | null;
  /** 95 % interval by Wilson. */
  readonly low: number;
  readonly high: number;
}

/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959964;

/** Wilson 1927: keeps its promise with few trials and with shares near 0 and 1, where the textbook's interval does not. */
export function wilson(count: number, of: number): Rate {
  if (of === 0) return { count, of, value: null, low: 0, high: 1 };
  const share = count / of;
  const centre = share + Z ** 2 / (2 * of);
  const reach = Z * Math.sqrt((share * (1 - share)) / of + Z ** 2 / (4 * of ** 2));
  const scale = 1 + Z ** 2 / of;
  return {
    count,
    of,
    value: share,
    low: count === 0 ? 0 : Math.max(0, (centre - reach) / scale),
    high: count === of ? 1 : Math.min(1, (centre + reach) / scale),
  };
}

/**
 * Clopper and Pearson 1934: the share above which the true one lies with a probability of at most 1 - `confidence`, exactly.
 * 1 of nothing.
 */
export function upperBound(count: number, of: number, confidence = 0.95): number {
  if (count >= of) return 1;
  let [low, high] = [count / of, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (atMost(count, of, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** The probability of at most `count` in `of` trials of probability `p`, 0 < p < 1. */
function atMost(count: number, of: number, p: number): number {
  let term = of * Math.log1p(-p); // ln of the probability of none
  let total = Math.exp(term);
  for (let k = 1; k <= count; k++) {
    term += Math.log((of - k + 1) / k) + Math.log(p) - Math.log1p(-p);
    total += Math.exp(term);
  }
  return total;
}
