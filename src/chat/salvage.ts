/** What was said in a conversation of whose log some lines cannot be read: all but what stood in these. For reading alone; nobody goes on with such a log. */
import { UserError } from '../errors.ts';
import { readTurnLines } from '../store/turn-log.ts';
import { after, begun, type Conversation, isDue } from './conversation.ts';
import { CONVERSATION } from './log.ts';
import { MOST_REPLIES, type Offer, type Turn } from './turn.ts';

export interface Salvaged {
  /** Undefined where it cannot be read who talked. */
  readonly state: Conversation | undefined;
  readonly turns: readonly Turn[];
  /** When each of them was written. */
  readonly times: readonly string[];
  /** The lines, from 1 on, that are left out. */
  readonly leftOut: readonly number[];
}

/** In the place of what was said in a line that cannot be read. */
export const UNREADABLE = '(cannot be read)';

type Line = ReturnType<typeof readTurnLines<Turn, Conversation>>[number];

export function salvageChat(file: string): Salvaged {
  const lines = readTurnLines(file, CONVERSATION);
  const turns: Turn[] = [];
  const times: string[] = [];
  const leftOut: number[] = [];
  const [first] = lines;
  if (first?.turn.do !== 'begin') return { state: undefined, turns, times, leftOut: lines.length > 0 ? [1] : [] };
  let state = begun(first.turn);
  const take = (turn: Turn, at: string) => {
    turns.push(turn);
    times.push(at);
  };
  take(first.turn, first.at);
  for (const [index, line] of [...lines.entries()].slice(1)) {
    const next = line && following(state, line.turn);
    if (next) {
      take(line.turn, line.at);
      state = next;
      continue;
    }
    leftOut.push(index + 1);
    const guess = bestGuess(state, lines.slice(index + 1));
    if (guess === undefined) continue;
    take(guess, times.at(-1)!);
    state = after(state, guess);
  }
  return { state, turns, times, leftOut };
}

function following(state: Conversation, turn: Turn): Conversation | undefined {
  try {
    return after(state, turn);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** What stood there may be what the lines after it need: words of either, or an offer of replies. Undefined: they need nothing. */
function bestGuess(state: Conversation, rest: readonly Line[]): Turn | undefined {
  const guesses: readonly (Turn | undefined)[] = [
    undefined,
    { do: 'say', text: UNREADABLE },
    ...(isDue(state) ? [unreadableOffer(state.said.length)] : []),
    ...(isDue(state) ? [{ do: 'type', text: UNREADABLE } satisfies Turn] : []),
  ];
  const readOf = (guess: Turn | undefined) => {
    let now = guess === undefined ? state : following(state, guess);
    if (now === undefined) return -1;
    let read = 0;
    for (const line of rest) {
      const next: Conversation | undefined = line && now && following(now, line.turn);
      if (next === undefined) break;
      now = next;
      read++;
    }
    return read;
  };
  const read = guesses.map(readOf);
  return guesses[read.indexOf(Math.max(...read))];
}

/** From which anything may have been picked. */
function unreadableOffer(at: number): Offer {
  const sampling = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, maxTokens: 1 };
  const texts = Array.from({ length: MOST_REPLIES }, () => ({ text: UNREADABLE, seed: 0 }));
  return { do: 'offer', at, model: '', modelHash: '', lessons: 0, seed: 0, sampling, texts };
}
