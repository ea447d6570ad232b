import type { Candidate, JudgeContext } from './candidate.ts';
import { FEATURES, favour } from './features.ts';
import { GATES } from './gates.ts';

export interface Judgement {
  readonly gates: readonly { readonly name: string; readonly passed: boolean; readonly reason?: string }[];
  /** `value` as measured; `part`: what it adds to the sum under the score. What could not be measured is left out. */
  readonly features: readonly { readonly name: string; readonly value: number; readonly part: number }[];
  /**
   * 0 to 1: the parts' sum through a logistic function. A prior, good for ranking candidates of one prompt; not yet the
   * probability that anyone approves them, for nobody's decisions went into it.
   */
  readonly score: number;
  /** Whether it passed every gate. The score is told either way. */
  readonly passed: boolean;
}

/** What each gate and each feature says of a candidate, and what they say together. */
export function judge(candidate: Candidate, context: JudgeContext): Judgement {
  const gates = GATES.map(({ name, objection }) => {
    const reason = objection(candidate, context);
    return reason === undefined ? { name, passed: true } : { name, passed: false, reason };
  });
  const features = FEATURES.flatMap((feature) => {
    const value = feature.measure(candidate, context);
    return value === undefined ? [] : [{ name: feature.name, value, part: feature.weight * favour(feature, value) }];
  });
  const sum = features.reduce((total, { part }) => total + part, 0);
  return { gates, features, score: 1 / (1 + Math.exp(-sum)), passed: gates.every(({ passed }) => passed) };
}
