import { wordsOf } from '../corpus/words.ts';
import type { Candidate, JudgeContext } from './candidate.ts';
import { distinct, seqRep } from './repetition.ts';

interface Feature {
  readonly name: string;
  /** For the owner: what the value is. */
  readonly explanation: string;
  readonly measure: (candidate: Candidate, context: JudgeContext) => number;
  /** The value at which the feature says nothing for or against. */
  readonly neutral: number;
  /** How far from neutral a value must be to count in full; below 0 where less is better. */
  readonly scale: number;
  /** 'near': any distance from neutral counts against it. */
  readonly better?: 'near';
  readonly weight: number;
}

/**
 * The weights are a prior: chosen by hand, so that a text counts as good where it is as fluent, varied and long as the
 * texts it is compared with. The selector learns from decisions what its owner thinks. Adding a feature is one line.
 */
// biome-ignore format: a table
export const FEATURES: readonly Feature[] = [
  { name: 'fluency', explanation: 'mean log-probability of a token, in nats', measure: meanLogProbability, neutral: -3.5, scale: 1.5, weight: 1 },
  { name: 'evenness', explanation: 'standard deviation of the log-probability of its tokens, in nats', measure: spread, neutral: 2.5, scale: 1.5, better: 'near', weight: 0.5 },
  { name: 'repetition', explanation: 'share of groups of four words that occurred before', measure: repeated, neutral: 0, scale: -0.1, weight: 1 },
  { name: 'variety', explanation: 'share of different pairs of words', measure: variety, neutral: 0.95, scale: 0.1, weight: 0.5 },
  { name: 'length', explanation: 'distance from the usual length of the corpus, in standard deviations', measure: lengthDistance, neutral: 1, scale: -1, weight: 0.5 },
  { name: 'finished', explanation: '1 where the model ended the text itself, 0 where a limit did', measure: finished, neutral: 0, scale: 1, weight: 1 },
  { name: 'unpaired', explanation: 'quotes and brackets without a partner', measure: unpaired, neutral: 0, scale: -2, weight: 0.5 },
  { name: 'copied', explanation: 'share of characters in passages of 30 or more of the corpus or an earlier post', measure: copiedShare, neutral: 0, scale: -0.3, weight: 1 },
];

/** From -1, fully against the text, to 1, fully for it. */
export function favour({ neutral, scale, better }: Feature, value: number): number {
  const distance = (value - neutral) / scale;
  return Math.max(-1, Math.min(1, better === 'near' ? 1 - 2 * Math.abs(distance) : distance));
}

function meanLogProbability({ logProbabilities }: Candidate): number {
  return logProbabilities.length > 0 ? sum(logProbabilities) / logProbabilities.length : 0;
}

function spread(candidate: Candidate): number {
  const mean = meanLogProbability(candidate);
  const squares = candidate.logProbabilities.map((value) => (value - mean) ** 2);
  return Math.sqrt(sum(squares) / Math.max(1, squares.length));
}

function repeated({ text }: Candidate): number {
  return seqRep(wordsOf(text), 4);
}

function variety({ text }: Candidate): number {
  return distinct(wordsOf(text), 2);
}

function lengthDistance({ text }: Candidate, { usualLength }: JudgeContext): number {
  if (usualLength === undefined) return 1;
  return Math.abs(Math.log(Math.max(1, text.length)) - usualLength.mean) / usualLength.deviation;
}

function finished({ finish }: Candidate): number {
  return finish === 'end-of-text' ? 1 : 0;
}

const PAIRS = [
  ['“', '”'],
  ['«', '»'],
  ['(', ')'],
  ['[', ']'],
] as const;

function unpaired({ text }: Candidate): number {
  const count = (mark: string) => text.split(mark).length - 1;
  return PAIRS.reduce((total, [open, close]) => total + Math.abs(count(open) - count(close)), count('"') % 2);
}

function copiedShare({ text }: Candidate, { corpus, earlier }: JudgeContext): number {
  return Math.max(corpus.overlap(text).share, earlier.overlap(text).share);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
