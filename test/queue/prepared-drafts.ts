/** Drafts for tests that are about what happens to them, not about how they came to be. */
import type { NewCandidate } from '../../src/queue/candidate.ts';
import { createDraft, type NewDraft, type Round } from '../../src/queue/create-draft.ts';
import type { Draft } from '../../src/queue/draft.ts';
import type { Store } from '../../src/store/store.ts';

export const NOON = new Date('2026-03-01T12:00:00.000Z');

export const ROUND: Round = {
  model: 'toy',
  modelHash: '3f9a',
  request: {
    prompt: 'HOPE, n.',
    count: 3,
    seed: 7,
    sampling: { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: 80 },
    maxCharacters: 500,
    allow: { mentions: [], links: [], hashtags: [] },
  },
};

export function candidate(text: string, changes: Partial<NewCandidate> = {}): NewCandidate {
  return {
    text,
    rawText: `${text} `,
    tokens: 12,
    logProbability: -31.5,
    seed: 7,
    kept: true,
    score: 0.5,
    gates: [
      { name: 'length', passed: true },
      { name: 'copied', passed: true },
    ],
    features: [{ name: 'fluent', value: -2.6, part: 0.21 }],
    ...changes,
  };
}

export function draftOf(texts: readonly string[], changes: Partial<NewDraft> = {}): NewDraft {
  return {
    persona: 'ada',
    prompt: 'HOPE, n.',
    dueAt: NOON,
    round: ROUND,
    candidates: texts.map((text, index) => candidate(text, { seed: 7 + index, score: 0.9 - index / 10 })),
    now: NOON,
    ...changes,
  };
}

export function insertDraft(store: Store, texts: readonly string[], changes: Partial<NewDraft> = {}): Promise<number> {
  return createDraft(store, draftOf(texts, changes));
}

/** As the store would give it, without a store. */
export function pendingDraft(id: number, rounds: readonly (readonly string[])[] = [['one', 'two', 'three']]): Draft {
  return {
    id,
    persona: 'ada',
    kind: 'post',
    status: 'pending',
    provenance: 'generated',
    origin: null,
    prompt: 'HOPE, n.',
    dueAt: `2026-03-0${id}T12:00:00.000Z`,
    publishAt: null,
    text: null,
    candidateId: null,
    url: null,
    reason: null,
    inReplyTo: null,
    createdAt: '2026-03-01T12:00:00.000Z',
    decidedAt: null,
    publishedAt: null,
    postId: null,
    heldAt: null,
    options: {},
    parts: null,
    blind: null,
    chat: null,
    candidates: rounds.flatMap((texts, round) =>
      texts.map((text, index) => ({
        ...candidate(text),
        id: id * 100 + round * 10 + index + 1,
        roundId: id * 10 + round,
        offeredIn: id * 10 + round,
        position: index + 1,
      })),
    ),
  };
}
