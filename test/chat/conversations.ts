/** Conversations for tests. */
import { after, begun, type Conversation } from '../../src/chat/conversation.ts';
import type { Begin, Offer, Turn } from '../../src/chat/turn.ts';

export const SAMPLING = { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: 20 };

export const begin = (): Begin => ({ do: 'begin', version: 1, persona: 'ada', seed: 7, count: 3 });

export const say = (text: string): Turn => ({ do: 'say', text });

export const offer = (at: number, ...texts: readonly string[]): Offer => ({
  do: 'offer',
  at,
  model: 'toy',
  modelHash: 'abc123',
  lessons: 0,
  seed: 40,
  sampling: SAMPLING,
  texts: texts.map((text, index) => ({ text, seed: 40 + index })),
});

export const talkOf = (...turns: readonly Turn[]): Conversation =>
  turns.reduce<Conversation>((talk, turn) => after(talk, turn), begun(begin()));
