import type { Likelihood } from './candidate.ts';

/** Mean and standard deviation of log-probabilities, in nats a token; zeros of none. */
export function likelihoodOf(logProbabilities: ArrayLike<number>): Likelihood {
  const count = Math.max(1, logProbabilities.length);
  let [sum, squares] = [0, 0];
  for (let at = 0; at < logProbabilities.length; at++) sum += logProbabilities[at]!;
  const mean = sum / count;
  for (let at = 0; at < logProbabilities.length; at++) squares += (logProbabilities[at]! - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / count) };
}
