/** A conversation's tokens as a model has learned them, cut from its beginning where they are too many. */
import { dialogueBefore } from '../corpus/dialogue.ts';
import type { Turn } from '../corpus/document.ts';
import type { Tokenizer } from '../model/tokenizer.ts';
import { roomBefore } from './fit-prompt.ts';

export interface Dialogue {
  /** Oldest first. */
  readonly context: readonly Turn[];
  /** What the answer begins with. */
  readonly prompt: string;
}

/** No token stands for more characters of ordinary writing. */
const MOST_CHARACTERS_A_TOKEN = 16;

/**
 * Whole turns, the newest, after the end-of-text token that stands before every document. Who said what stays marked: where
 * the newest turn alone is too long, its last sentences stand for it. The prompt is encoded by itself, as an answer is in training.
 */
export function fitDialogue(
  tokenizer: Tokenizer,
  { context, prompt }: Dialogue,
  positions: number,
  maxTokens: number,
): number[] {
  const own = tokenizer.encode(prompt);
  const room = roomBefore(positions, maxTokens) - own.length;
  const encoded = (turns: readonly Turn[]) => [tokenizer.endOfText, ...tokenizer.encode(dialogueBefore(turns))];
  for (let from = 0; from < context.length; from++) {
    const turns = context.slice(from).map((turn) => endOf(turn, room * MOST_CHARACTERS_A_TOKEN));
    const tokens = encoded(turns);
    if (tokens.length <= room) return [...tokens, ...own];
  }
  const newest = context.at(-1);
  const kept = newest && lastSentences(newest, (turn) => encoded([turn]).length <= room);
  if (kept) return [...encoded([kept]), ...own];
  return [tokenizer.endOfText, ...own].slice(-roomBefore(positions, maxTokens));
}

function endOf(turn: Turn, characters: number): Turn {
  return turn.text.length <= characters
    ? turn
    : { ...turn, text: turn.text.slice(-Math.max(1, characters)).trimStart() };
}

/** Undefined where not even a part of the last one fits. */
function lastSentences(turn: Turn, fits: (turn: Turn) => boolean): Turn | undefined {
  const sentences = [...new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(turn.text)];
  const end = (text: string) => ({ ...turn, text: text.trim() });
  let kept: Turn | undefined;
  for (const { index } of sentences.toReversed()) {
    const longer = end(turn.text.slice(index));
    if (!fits(longer)) break;
    kept = longer;
  }
  if (kept && kept.text !== '') return kept;
  for (let length = turn.text.length; length >= 1; length = Math.floor(length / 2)) {
    const shorter = end(turn.text.slice(-length).toWellFormed());
    if (shorter.text !== '' && fits(shorter)) return shorter;
  }
  return undefined;
}
