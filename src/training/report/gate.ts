/** Whether a trained model may become the persona's. The thresholds stand here, before any run; every number is shown. */
import type { Memorisation } from './memorisation.ts';
import type { Difference } from './paired-bootstrap.ts';
import type { GateRow } from './training-report.ts';

export interface Measured {
  /** Bits a byte of the test documents: the run against the model that it began from. */
  readonly againstBase: Difference;
  /** The same against the persona's model of today, with what that needs; absent where it has none of its own yet. */
  readonly againstPresent?: { readonly difference: Difference; readonly bitsPerByte: number } | undefined;
  /** Share of repeated 4-grams (seq-rep-4, Welleck et al. 2019, arXiv 1908.04319) in samples and in held-out texts. */
  readonly repetition: { readonly samples: number; readonly heldOut: number };
  readonly memorisation: Memorisation;
}

/** Of the present model's bits a byte: chance alone moves a small test part by so much. */
const WORSE = 0.01;
/** Bits a byte: rounding weights to half precision alone moves them by less, and every document in the same direction. */
const LEAST_GAIN = 0.001;
const REPEATED_MORE = 0.01;

export function gate({ againstBase, againstPresent, repetition, memorisation }: Measured): GateRow[] {
  return [
    {
      name: 'its own held-out texts, against the model it began from',
      threshold: `at least ${LEAST_GAIN} bits a byte fewer, by 95 % of resampled test parts`,
      value: signed(againstBase),
      passed: againstBase.high <= -LEAST_GAIN,
    },
    ...(againstPresent
      ? [
          {
            name: "its own held-out texts, against the persona's model of today",
            threshold: `at most ${WORSE * 100} % worse`,
            value: signed(againstPresent.difference),
            passed: againstPresent.difference.mean <= WORSE * againstPresent.bitsPerByte,
          },
        ]
      : []),
    {
      name: 'what it says again',
      threshold: `seq-rep-4 at most that of its held-out texts + ${REPEATED_MORE}`,
      value: `${repetition.samples.toFixed(4)} against ${repetition.heldOut.toFixed(4)}`,
      passed: repetition.samples <= repetition.heldOut + REPEATED_MORE,
    },
    {
      name: 'what it says by heart',
      threshold: 'not memorised',
      value: memorisation.isMemorised ? 'memorised' : 'not memorised',
      passed: !memorisation.isMemorised,
    },
  ];
}

function signed({ mean, low, high }: Difference): string {
  const [m, l, h] = [mean, low, high].map((bits) => `${bits < 0 ? '−' : '+'}${Math.abs(bits).toFixed(3)}`);
  return `${m} bits a byte (${l} to ${h})`;
}
