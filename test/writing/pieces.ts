/** Pieces of writing for tests. */
import type { Begin, Offer, Turn } from '../../src/writing/turn.ts';
import { after, begun, type Writing } from '../../src/writing/writing.ts';

export const SAMPLING = { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1 };

export const begin = (prompt = 'The sea'): Begin => ({
  do: 'begin',
  version: 1,
  persona: 'ada',
  prompt,
  seed: 7,
  count: 3,
  grain: 'sentence',
  sampling: SAMPLING,
});

export const offer = (node: number, ...texts: readonly string[]): Offer => ({
  do: 'offer',
  node,
  model: 'toy',
  modelHash: 'abc123',
  grain: 'sentence',
  sampling: SAMPLING,
  seed: 40,
  count: Math.max(1, texts.length),
  texts: texts.map((text, index) => ({ text, seed: 40 + index })),
});

export const pieceOf = (...turns: readonly Turn[]): Writing =>
  turns.reduce<Writing>((writing, turn) => after(writing, turn), begun(begin()));
