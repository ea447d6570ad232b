/** Answers to what was said last in a conversation, best first: what chat and the salon choose from. Stores nothing. */
import { MOST_CONTEXT } from '../../corpus/dialogue.ts';
import type { Turn } from '../../corpus/document.ts';
import { learnedNow } from '../../learning/selector/learn-selector.ts';
import type { Round } from '../../queue/create-draft.ts';
import { differentReplies } from '../../replies/different-replies.ts';
import type { JudgeContext } from '../../scoring/candidate.ts';
import { type Composing, requestFor, scored } from './compose-draft.ts';
import { conversationContext, judgeContext } from './judge-context.ts';
import { type Judged, type Writing, writeCandidates } from './write-candidates.ts';

export interface Conversing extends Composing, Pick<Writing, 'voice' | 'skills'> {}

export interface AskedReplies {
  /** All that was said, oldest first; the newest is another's. The model reads the last ones of it. */
  readonly turns: readonly Turn[];
  /** As many are written; the persona's `quality.candidates` where it is left out. */
  readonly count?: number;
  /** Of the first; drawn by chance where it is left out. */
  readonly seed?: number;
  /** Of `judgeContext`, where it is kept from turn to turn: that costs reading the corpus. */
  readonly context?: JudgeContext;
}

export interface RankedReplies {
  readonly round: Round;
  /** Those that passed every gate, no two of which say nearly the same, by what the selector makes of them; `score` 0 to 1. */
  readonly ranked: readonly Judged[];
  /** All that was found, in the order of skills and seeds, with the gates that stopped some. */
  readonly all: readonly Judged[];
}

export async function rankReplies(conversing: Conversing, asked: AskedReplies): Promise<RankedReplies> {
  const { store, persona, home, now, random } = conversing;
  const { turns } = asked;
  const usual = requestFor(persona, '', random);
  const request = {
    ...usual,
    context: turns.slice(-MOST_CONTEXT),
    count: asked.count ?? usual.count,
    seed: asked.seed ?? usual.seed,
  };
  const { selector } = await learnedNow({ store, home, persona: persona.name, now: now() });
  const context = { ...(asked.context ?? (await judgeContext(conversing))), ...conversationContext(turns) };
  const { round, judged } = await writeCandidates(conversing, request, context);
  const all = judged.map((one) => scored(selector, one));
  const passed = all.filter((one) => one.passed).toSorted((a, b) => b.score - a.score);
  return { round, ranked: differentReplies(passed), all };
}
