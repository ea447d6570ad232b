/** Whether one voice is approved more often than another: on trial, and watched afterwards. Pure: counts in, a verdict out. */
import { GATE, type LearnedRow } from './gate.ts';

/** Blind decisions on what one voice wrote. */
export interface Counted {
  readonly accepted: number;
  readonly decided: number;
}

export interface Trial {
  readonly verdict: 'promote' | 'refuse' | 'inconclusive';
  readonly row: LearnedRow;
}

/** Two looks share the 5 % that a chance difference may pass with (Bonferroni): 97.5 % each. */
const Z_A_LOOK = 2.2414;

/**
 * Looked at when both sides first have the numbers of `GATE.acceptanceLooks`, and never in between: who looks after every decision
 * finds a difference sooner or later. Only that it is worse may show at any time, for then it is the owner who pays.
 * @param newer in the order in which they were decided, as `older`: true where its owner approved.
 */
export function tryOut(newer: readonly boolean[], older: readonly boolean[]): Trial {
  const [after, before] = [countOf(newer), countOf(older)];
  const smaller = Math.min(newer.length, older.length);
  const worse = probabilityWorse(after, before);
  const row = (outcome: LearnedRow['outcome'], said: string): LearnedRow => ({
    name: 'acceptance by blind decisions, against the present voice',
    threshold: `more, at ${GATE.acceptanceLooks.join(' or ')} a side; it goes where the posterior that it is worse passes ${GATE.worse}`,
    value: `${shown(after)} against ${shown(before)}${said}`,
    outcome,
  });
  for (const look of GATE.acceptanceLooks) {
    if (smaller < look) break;
    const [a, b] = [countOf(newer.slice(0, look)), countOf(older.slice(0, look))];
    const { low } = differenceOf(a, b);
    if (low > 0)
      return { verdict: 'promote', row: row('passed', `; at ${look} a side ${shown(a)} against ${shown(b)}`) };
  }
  if (worse > GATE.worse && smaller >= LEAST_TO_FALL) {
    return { verdict: 'refuse', row: row('failed', `; worse with probability ${worse.toFixed(2)}`) };
  }
  const last = GATE.acceptanceLooks.at(-1)!;
  if (smaller >= last) return { verdict: 'refuse', row: row('failed', `; no better after ${last} a side`) };
  const next = GATE.acceptanceLooks.find((look) => smaller < look);
  return { verdict: 'inconclusive', row: row('inconclusive', `; the next look is at ${next} a side`) };
}

/** A first rejection is no verdict: before so many decisions a side, nothing falls. */
export const LEAST_TO_FALL = 10;

/** After promotion: whether it has become likely enough that the present voice is approved less often than the one before. */
export function hasFallen(newer: Counted, older: Counted): boolean {
  return Math.min(newer.decided, older.decided) >= LEAST_TO_FALL && probabilityWorse(newer, older) > GATE.worse;
}

/** That `newer` has the lower rate, both unknown before: Beta(1, 1). Exact (Miller 2014, "Formulas for Bayesian A/B testing"). */
export function probabilityWorse(newer: Counted, older: Counted): number {
  const [a, b] = [newer, older].map(({ accepted, decided }) => [accepted + 1, decided - accepted + 1] as const);
  const [alphaA, betaA] = a!;
  const [alphaB, betaB] = b!;
  let probability = 0; // that b is above a
  for (let i = 0; i < alphaB; i++) {
    probability += Math.exp(
      lnBeta(alphaA + i, betaA + betaB) - Math.log(betaB + i) - lnBeta(1 + i, betaB) - lnBeta(alphaA, betaA),
    );
  }
  return Math.min(1, probability);
}

/** Of two rates, by Newcombe 1998 (method 10), from their Wilson intervals. */
export function differenceOf(after: Counted, before: Counted, z = Z_A_LOOK) {
  const [a, b] = [wilsonAt(after, z), wilsonAt(before, z)];
  const mean = a.value - b.value;
  return {
    mean,
    low: mean - Math.hypot(a.value - a.low, b.high - b.value),
    high: mean + Math.hypot(a.high - a.value, b.value - b.low),
  };
}

function wilsonAt({ accepted, decided }: Counted, z: number) {
  const value = decided === 0 ? 0 : accepted / decided;
  const n = Math.max(1, decided);
  const centre = (value + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const reach = (z * Math.sqrt((value * (1 - value)) / n + z ** 2 / (4 * n ** 2))) / (1 + z ** 2 / n);
  return decided === 0 ? { value, low: 0, high: 1 } : { value, low: centre - reach, high: centre + reach };
}

function countOf(decisions: readonly boolean[]): Counted {
  return { accepted: decisions.filter(Boolean).length, decided: decisions.length };
}

const shown = ({ accepted, decided }: Counted) => `${accepted} of ${decided}`;

function lnBeta(a: number, b: number): number {
  return lnFactorial(a - 1) + lnFactorial(b - 1) - lnFactorial(a + b - 1);
}

const lnFactorials = [0];

function lnFactorial(n: number): number {
  for (let k = lnFactorials.length; k <= n; k++) lnFactorials.push(lnFactorials[k - 1]! + Math.log(k));
  return lnFactorials[n]!;
}
