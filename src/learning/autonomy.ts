/** What the program may approve by itself: only what blind decisions on drafts that it had not seen say it may. Pure. */
import { upperBound } from './intervals.ts';

/** One blind draft: what the program would have approved, and whether the owner would not have. */
export interface Trial {
  /** Of its choice, by a selector that had not seen the draft. */
  readonly probability: number;
  /** Rejected, edited, or another text was preferred: whatever is not a plain yes. */
  readonly wrong: boolean;
}

export interface Autonomy {
  /** The share of wrong approvals that the owner will bear. */
  readonly falseAccepts: number;
  /** It approves by itself at this probability or above; null: nothing. */
  readonly threshold: number | null;
  readonly trials: number;
  /** Of them above the threshold, and those of these that were wrong. */
  readonly above: number;
  readonly wrong: number;
  /** The true share of wrong ones is below this, with 95 % confidence (Clopper and Pearson). */
  readonly upper: number;
  /** Why it is as it is. */
  readonly because: string;
}

export const CONFIDENCE = 0.95;

/**
 * Tests from the highest score down, one more trial at a time, and stops at the first test that fails: of tests in an order
 * that the outcomes did not choose, the chance to pass a wrong one stays 5 % (fixed sequence; Angelopoulos et al. 2021,
 * arXiv 2110.01052). The first test has as many trials as a faultless record needs: 59 for 5 %.
 */
export function earnedAutonomy(trials: readonly Trial[], falseAccepts: number): Autonomy {
  const sorted = trials.toSorted((a, b) => b.probability - a.probability);
  const least = leastTrials(falseAccepts);
  const none = { falseAccepts, threshold: null, trials: trials.length };
  if (sorted.length < least) {
    const because = `${sorted.length} of the ${least} blind decisions on what its model writes now that it needs, with none of them wrong`;
    return { ...none, above: 0, wrong: 0, upper: 1, because };
  }
  let passed: Omit<Autonomy, 'because' | 'falseAccepts' | 'trials'> | undefined;
  let failed = { above: 0, wrong: 0, upper: 1 };
  let wrong = sorted.slice(0, least - 1).filter((trial) => trial.wrong).length;
  for (let above = least; above <= sorted.length; above++) {
    const trial = sorted[above - 1]!;
    wrong += Number(trial.wrong);
    const isTied = sorted[above]?.probability === trial.probability; // they stand or fall together
    if (isTied) continue;
    const upper = upperBound(wrong, above, CONFIDENCE);
    if (upper > falseAccepts) {
      failed = { above, wrong, upper };
      break;
    }
    passed = { threshold: trial.probability, above, wrong, upper };
  }
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  if (passed) {
    const because = `${passed.wrong} of ${passed.above} blind choices above it were wrong: at most ${percent(passed.upper)} with 95 % confidence`;
    return { falseAccepts, trials: trials.length, ...passed, because };
  }
  const because = `${failed.wrong} of its ${failed.above} surest blind choices were wrong: up to ${percent(failed.upper)}, and ${percent(falseAccepts)} is allowed`;
  return { ...none, ...failed, because };
}

/** So many without a fault bound the share of faults. */
export function leastTrials(falseAccepts: number): number {
  return Math.ceil(Math.log(1 - CONFIDENCE) / Math.log(1 - falseAccepts));
}

/** Of what it may approve, so much goes to a blind review all the same. */
export const AUDITED = 0.2;
