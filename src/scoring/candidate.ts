import type { Turn } from '../corpus/document.ts';
import type { NearIndex } from '../corpus/near-index.ts';
import type { SkillName } from '../persona/reply-skills.ts';
import type { PersonaRules } from '../persona/rules.ts';
import type { CopyIndex } from './copy-index.ts';
import type { DullReplies } from './dull-replies.ts';

/** A generated text, as scoring sees it. */
export interface Candidate {
  /** The opening and what was written after it. */
  readonly text: string;
  /** The opening it began with; '' or absent where it began from nothing. */
  readonly prompt?: string | undefined;
  /** Of each generated token, in nats. */
  readonly logProbabilities: readonly number[];
  /** What ended it: the model itself, or a limit. */
  readonly finish: 'end-of-text' | 'length' | 'characters';
  /** Of the whole text as it would be posted, under the persona's model and under the one that it was trained from. */
  readonly underPersona?: Likelihood | undefined;
  readonly underBase?: Likelihood | undefined;
  /** Of a reply: how much likelier a token of it is after what it answers than after other conversations, in nats. */
  readonly relevance?: number | undefined;
  /** Of a reply: how it was found, and how sure that way is of it, 0 to 1. */
  readonly found?: { readonly skill: SkillName; readonly confidence: number } | undefined;
}

/** Of a text's tokens. */
export interface Likelihood {
  /** Mean and standard deviation of their log-probabilities, in nats. */
  readonly mean: number;
  readonly deviation: number;
}

export interface JudgeContext {
  /** What the persona learned from. */
  readonly corpus: CopyIndex;
  /** What it posted before. */
  readonly earlier: CopyIndex;
  /** What others said in the conversation that it answers; absent for a post. */
  readonly thread?: CopyIndex | undefined;
  /** All turns of that conversation, its own too; absent for a post. */
  readonly said?: readonly string[] | undefined;
  /** Other conversations, oldest turns first: what is as likely after them could be said anywhere. */
  readonly elsewhere?: readonly (readonly Turn[])[] | undefined;
  /** What could answer anything. */
  readonly dull?: DullReplies | undefined;
  /** Characters. */
  readonly length: { readonly min: number; readonly max: number };
  /** What is wrong with the length of a text by its network's own counting, if anything. */
  readonly tooLongThere?: ((text: string) => string | undefined) | undefined;
  /** Words and phrases that it must never write. */
  readonly blocklist: readonly string[];
  /** Words that no list of slurs may stop. */
  readonly allowlist?: readonly string[] | undefined;
  /** That it writes, such as `en`. */
  readonly language?: string | undefined;
  /** Of people whom no text may name. */
  readonly privateNames?: readonly string[] | undefined;
  readonly rules?: PersonaRules | undefined;
  /** What its archives hold, also by others. */
  readonly archives?: CopyIndex | undefined;
  /** What must not be said again in nearly the same words, by where it stands: "the corpus". */
  readonly near?: readonly { readonly source: string; readonly index: NearIndex }[] | undefined;
  /** How long its own texts are, as natural logarithms of characters; absent without a corpus. */
  readonly usualLength?: { readonly mean: number; readonly deviation: number } | undefined;
  /** What it posted lately, as sets of shingles, newest first. */
  readonly recent?: readonly Int32Array[] | undefined;
}
