import { shinglesOf, similarity } from '../corpus/near-duplicates.ts';
import { wordsOf } from '../corpus/words.ts';
import type { SkillName } from '../persona/reply-skills.ts';
import type { Candidate, JudgeContext } from './candidate.ts';
import { dullShare } from './dull-replies.ts';
import { likelihoodOf } from './likelihood.ts';
import { distinct, seqRep } from './repetition.ts';
import { saidBefore } from './said-before.ts';

interface Feature {
  readonly name: string;
  /** For the owner: what the value is. */
  readonly explanation: string;
  /** Undefined where nothing is known that it could be measured by. */
  readonly measure: (candidate: Candidate, context: JudgeContext) => number | undefined;
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
  { name: 'fluency', explanation: 'mean log-probability of a token under the persona, in nats', measure: fluency, neutral: -3.5, scale: 1.5, weight: 1 },
  { name: 'evenness', explanation: 'standard deviation of the log-probability of its tokens, in nats', measure: spread, neutral: 2.5, scale: 1.5, better: 'near', weight: 0.5 },
  { name: 'base fluency', explanation: 'the mean under the model that the persona was trained from', measure: ({ underBase }) => underBase?.mean, neutral: -3.5, scale: 1.5, weight: 0 },
  { name: 'base evenness', explanation: 'the deviation under the model that the persona was trained from', measure: ({ underBase }) => underBase?.deviation, neutral: 2.5, scale: 1.5, weight: 0 },
  { name: 'likeness', explanation: 'how much likelier a token is to the persona than to that model, in nats: how much it sounds like the persona', measure: likeness, neutral: 0.4, scale: 0.6, weight: 0.5 },
  { name: 'repetition', explanation: 'share of groups of four words that occurred before', measure: repeated, neutral: 0, scale: -0.1, weight: 1 },
  { name: 'variety', explanation: 'share of different pairs of words', measure: variety, neutral: 0.95, scale: 0.1, weight: 0.5 },
  { name: 'distinct words', explanation: 'share of different words', measure: distinctWords, neutral: 0.8, scale: 0.3, weight: 0 },
  { name: 'length', explanation: 'distance from the usual length of the corpus, in standard deviations', measure: lengthDistance, neutral: 1, scale: -1, weight: 0.5 },
  { name: 'size', explanation: 'natural logarithm of its characters', measure: ({ text }) => Math.log(Math.max(1, text.length)), neutral: 5, scale: 1, weight: 0 },
  { name: 'finished', explanation: '1 where the model ended the text itself, 0 where a limit did', measure: finished, neutral: 0, scale: 1, weight: 1 },
  { name: 'unpaired', explanation: 'quotes and brackets without a partner', measure: unpaired, neutral: 0, scale: -2, weight: 0.5 },
  { name: 'relevance', explanation: 'of a reply: how much likelier a token is after what it answers than after other conversations, in nats', measure: ({ relevance }) => relevance, neutral: 0, scale: 0.75, weight: 1.5 },
  { name: 'dullness', explanation: 'of a reply: share of its words in sentences that its corpus says to many different things', measure: dullness, neutral: 0, scale: -0.5, weight: 1 },
  { name: 'said before', explanation: 'of a reply: share of its groups of five letters that one turn of the conversation has too', measure: ({ text }, { said }) => said && saidBefore(text, said), neutral: 0.2, scale: -0.3, weight: 1.5 },
  { name: 'retrieved', explanation: 'of a reply: how near what its owner once answered was to what is answered now, 0 to 1; 0 of others', measure: confidenceIn('retrieve'), neutral: 0, scale: 1, weight: 1 },
  { name: 'rule', explanation: 'of a reply: how sure the rule is that says it, 0 to 1; 0 of others', measure: confidenceIn('rule'), neutral: 0, scale: 1, weight: 3 },
  { name: 'copied', explanation: 'share of characters in passages of 30 or more of the corpus or an earlier post', measure: copiedShare, neutral: 0, scale: -0.3, weight: 1 },
  { name: 'novelty', explanation: '1 less the likeness, 0 to 1, to the nearest of the latest posts', measure: novelty, neutral: 1, scale: 0.3, weight: 0.5 },
  { name: 'reading level', explanation: 'words a sentence plus the percentage of words of more than six letters (LIX, Björnsson 1968)', measure: readingLevel, neutral: 40, scale: 20, weight: 0 },
  { name: 'question', explanation: '1 where it ends in a question mark', measure: ({ text }) => (/[?？؟][\s"'’”»)\]]*$/u.test(text) ? 1 : 0), neutral: 0, scale: 1, weight: 0 },
];

/** What a feature of that name and value adds to the sum under the prior. */
export function priorPart(name: string, value: number): number {
  const feature = FEATURES.find((one) => one.name === name);
  return feature ? feature.weight * favour(feature, value) : 0;
}

/** From -1, fully against the text, to 1, fully for it. */
export function favour({ neutral, scale, better }: Feature, value: number): number {
  const distance = (value - neutral) / scale;
  return Math.max(-1, Math.min(1, better === 'near' ? 1 - 2 * Math.abs(distance) : distance));
}

/** Of a text that was scored as a whole; else of the tokens that were generated. */
function fluency({ underPersona, logProbabilities }: Candidate): number {
  return (underPersona ?? likelihoodOf(logProbabilities)).mean;
}

function spread({ underPersona, logProbabilities }: Candidate): number {
  return (underPersona ?? likelihoodOf(logProbabilities)).deviation;
}

function likeness({ underPersona, underBase }: Candidate): number | undefined {
  return underPersona && underBase ? underPersona.mean - underBase.mean : undefined;
}

function repeated({ text }: Candidate): number {
  return seqRep(wordsOf(text), 4);
}

function variety({ text }: Candidate): number {
  return distinct(wordsOf(text), 2);
}

function distinctWords({ text }: Candidate): number {
  return distinct(wordsOf(text), 1);
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

function novelty({ text }: Candidate, { recent }: JudgeContext): number | undefined {
  if (recent === undefined) return undefined;
  const own = shinglesOf(text);
  return 1 - recent.reduce((most, other) => Math.max(most, similarity(own, other)), 0);
}

function dullness({ text }: Candidate, { said, dull }: JudgeContext): number | undefined {
  return said && dull && dullShare(text, dull);
}

function confidenceIn(skill: SkillName): Feature['measure'] {
  return ({ found }) => found && (found.skill === skill ? found.confidence : 0);
}

const LONG_WORD = 7; // letters

function readingLevel({ text }: Candidate): number {
  const words = wordsOf(text);
  if (words.length === 0) return 0;
  const sentences = Math.max(1, text.match(/[\p{Sentence_Terminal}:](?=["'”’»)\]]*(?:\s|$))/gu)?.length ?? 0);
  const long = words.filter((word) => [...word].length >= LONG_WORD).length;
  return words.length / sentences + (100 * long) / words.length;
}
