import type { JudgeContext } from './candidate.ts';

/** How long texts are, as the mean and deviation of the logarithm of their characters: lengths spread by factors. */
export function usualLength(texts: readonly string[]): JudgeContext['usualLength'] {
  const logarithms = texts.filter((text) => text.length > 0).map((text) => Math.log(text.length));
  if (logarithms.length === 0) return undefined;
  const mean = logarithms.reduce((total, value) => total + value, 0) / logarithms.length;
  const variance = logarithms.reduce((total, value) => total + (value - mean) ** 2, 0) / logarithms.length;
  return { mean, deviation: Math.max(Math.sqrt(variance), SMALLEST_DEVIATION) };
}

/** A corpus of one text, or of texts of one length, must not condemn every other length. */
const SMALLEST_DEVIATION = 0.25;
