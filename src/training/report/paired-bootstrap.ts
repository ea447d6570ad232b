import type { Random } from '../../random.ts';

/** What two models need for the same document, in nats, and the UTF-8 bytes of its text. */
export interface Pair {
  readonly before: number;
  readonly after: number;
  readonly bytes: number;
}

export interface Difference {
  /** Bits a byte, after less before: below 0 the second model is better. */
  readonly mean: number;
  /** 95 % of the resampled corpora lie between. */
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2_000;

/** Over documents drawn with replacement (Efron 1979): how sure a difference is, given how few documents there are. */
export function pairedBootstrap(pairs: readonly Pair[], random: Random): Difference {
  const differences = Array.from({ length: RESAMPLES }, () =>
    differenceOf(pairs.map(() => pairs[Math.floor(random() * pairs.length)]!)),
  ).sort((a, b) => a - b);
  const quantile = (share: number) => differences[Math.round(share * (RESAMPLES - 1))]!;
  return { mean: differenceOf(pairs), low: quantile(0.025), high: quantile(0.975) };
}

function differenceOf(pairs: readonly Pair[]): number {
  const [nats, bytes] = pairs.reduce(([n, b], pair) => [n + pair.after - pair.before, b + pair.bytes], [0, 0]);
  return nats / bytes / Math.LN2;
}

/** @param nats of each document, of the sizes in `bytes` */
export function bitsPerByte(nats: readonly number[], bytes: readonly number[]): number {
  return sum(nats) / sum(bytes) / Math.LN2;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
