/**
 * Whether what was taught may speak. The thresholds stand here, are written into a run's plan before its first step, and every
 * number is kept and shown, of what was refused too.
 */
import type { Difference } from '../../training/report/paired-bootstrap.ts';
import type { BeforeAfter, EqualCounts } from './distinct.ts';

export const GATE = {
  /** Of the checkpoint's bits a byte; the upper end of the interval counts, so what is unsure does not pass. */
  ownWorse: 0.01,
  genericWorse: 0.05,
  /** Of the present voice's, at equal token counts. */
  distinctShare: 0.95,
  /** Above the seq-rep-4 of the persona's own held-out texts. */
  repeatedMore: 0.01,
  copiedCharacters: 50,
  winRate: 0.5,
  /** Texts that either voice writes to be compared, from the same openings and seeds. */
  samples: 320,
  /** Blind decisions a side at which acceptance is looked at: they tell 20 from 40 % and 20 from 30 % (power .8). */
  acceptanceLooks: [82, 294],
  /** Of the posterior that it is worse: above, it goes by itself, on trial and after. */
  worse: 0.9,
} as const;

export interface LearnedNumbers {
  /** Nats a token of approved texts and corpus that were not learned: before the first step, and at the best look. */
  readonly looks: { readonly start: number; readonly best: number; readonly bestStep: number };
  /** Its own held-out texts, against the persona's model without any adapter; what that needs, in bits a byte. */
  readonly own: Compared;
  readonly generic: Compared;
  /** Held-out approved texts, against what the persona speaks with today. */
  readonly approved: Compared;
  /** Of either voice's samples, cut to the same number of tokens. */
  readonly distinct: EqualCounts;
  readonly repetition: { readonly samples: number; readonly heldOut: number };
  readonly exactCopies: { readonly count: number; readonly of: number };
  /** Texts with as many characters in a row out of the corpus or an earlier post. */
  readonly copied: BeforeAfter & { readonly of: number };
  /** How often a selector that learned from other decisions prefers it to the present voice; null where none knows enough. */
  readonly proxy: { readonly winRate: number; readonly of: number; readonly decisions: number } | null;
}

export interface Compared {
  readonly difference: Difference;
  /** Bits a byte. */
  readonly before: number;
  readonly documents: number;
}

export interface LearnedRow {
  readonly name: string;
  readonly threshold: string;
  readonly value: string;
  readonly outcome: 'passed' | 'failed' | 'inconclusive';
}

/** All lines but acceptance, which only its owner's decisions can tell. */
export function gateRows(numbers: LearnedNumbers): readonly LearnedRow[] {
  const { looks, own, generic, approved, distinct, repetition, exactCopies, copied, proxy } = numbers;
  const worse = ({ difference, before }: Compared, most: number) => difference.high <= most * before;
  const atMost = (share: number) => `at most ${share * 100} % worse, by 95 % of resampled texts`;
  const distinctRow = (n: number, { before, after }: BeforeAfter): LearnedRow => ({
    name: `distinct-${n} at ${distinct.tokens} tokens, against the present voice`,
    threshold: `at least ${GATE.distinctShare * 100} %`,
    value: `${after.toFixed(3)} against ${before.toFixed(3)}, ${percent(after / before)}`,
    outcome: passedIf(after >= GATE.distinctShare * before),
  });
  return [
    {
      name: 'looks while it learned',
      threshold: 'one better than the start',
      value: `${looks.best.toFixed(4)} at step ${looks.bestStep} against ${looks.start.toFixed(4)} nats a token`,
      outcome: passedIf(looks.best < looks.start),
    },
    {
      name: 'its own held-out texts, against its model without an adapter',
      threshold: atMost(GATE.ownWorse),
      value: relative(own),
      outcome: passedIf(worse(own, GATE.ownWorse)),
    },
    {
      name: 'generic texts, against its model without an adapter',
      threshold: atMost(GATE.genericWorse),
      value: relative(generic),
      outcome: passedIf(worse(generic, GATE.genericWorse)),
    },
    {
      name: `${approved.documents} held-out approved texts, against the present voice`,
      threshold: 'not less likely',
      value: relative(approved),
      outcome: passedIf(approved.difference.mean <= 0),
    },
    distinctRow(1, distinct.one),
    distinctRow(2, distinct.two),
    {
      name: 'what it says again',
      threshold: `seq-rep-4 at most that of its held-out texts + ${GATE.repeatedMore}`,
      value: `${repetition.samples.toFixed(4)} against ${repetition.heldOut.toFixed(4)}`,
      outcome: passedIf(repetition.samples <= repetition.heldOut + GATE.repeatedMore),
    },
    {
      name: 'exact copies of the corpus or of an earlier post',
      threshold: 'none',
      value: `${exactCopies.count} of ${exactCopies.of}`,
      outcome: passedIf(exactCopies.count === 0),
    },
    {
      name: `texts with ${GATE.copiedCharacters} copied characters or more, against the present voice`,
      threshold: 'not more',
      value: `${copied.after} against ${copied.before} of ${copied.of}`,
      outcome: passedIf(copied.after <= copied.before),
    },
    proxy === null
      ? {
          name: 'win rate by a selector trained on other decisions (a proxy)',
          threshold: `at least ${percent(GATE.winRate)}`,
          value: 'no selector knows enough yet',
          outcome: 'inconclusive',
        }
      : {
          name: 'win rate by a selector trained on other decisions (a proxy)',
          threshold: `at least ${percent(GATE.winRate)}`,
          value: `${percent(proxy.winRate)} of ${proxy.of} pairs, by ${proxy.decisions} decisions`,
          outcome: passedIf(proxy.winRate >= GATE.winRate),
        },
  ];
}

/** What fails any line is refused; what fails none may be tried. */
export function mayBeTried(rows: readonly LearnedRow[]): boolean {
  return rows.every(({ outcome }) => outcome !== 'failed');
}

const passedIf = (holds: boolean): LearnedRow['outcome'] => (holds ? 'passed' : 'failed');

function relative({ difference: { mean, low, high }, before }: Compared): string {
  const [m, l, h] = [mean, low, high].map((bits) => {
    const share = (100 * bits) / before;
    return `${share < 0 ? '−' : '+'}${Math.abs(share).toFixed(2)} %`;
  });
  return `${m} (${l} to ${h}) of ${before.toFixed(3)} bits a byte`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
