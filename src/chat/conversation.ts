/** A conversation with a persona: what was said, and what else it could have said. Folded from its turns. */
import { UserError } from '../errors.ts';
import { anothersLine } from '../generation/own-turn.ts';
import { randomFrom } from '../random.ts';
import { plain } from '../writing/writing.ts';
import type { Begin, Offer, Turn } from './turn.ts';

export interface Said {
  readonly by: 'me' | 'another';
  /** As it stands now. */
  readonly text: string;
  /** As it was said first, where it was corrected. */
  readonly first?: string;
  /** Of the persona's turns: the offer that it came from, by its number, and which of it; null: it was typed. */
  readonly answer?: { readonly offer: number; readonly choice: number | null };
}

export interface Conversation {
  readonly persona: string;
  readonly seed: number;
  readonly count: number;
  /** Who talks with the persona, by the name that they were given; null: its owner. */
  readonly with: string | null;
  /** Said before this conversation with the same person: read, and not part of it. */
  readonly remembered: readonly Pick<Said, 'by' | 'text'>[];
  readonly said: readonly Said[];
  readonly offers: readonly Offer[];
  /** Offers before this one answered something that was corrected since. */
  readonly freshFrom: number;
  readonly kept: readonly { readonly adapter: number; readonly status: string }[];
}

export function begun({ persona, seed, count, remembered = [], with: who }: Begin): Conversation {
  return { persona, seed, count, with: who ?? null, remembered, said: [], offers: [], freshFrom: 0, kept: [] };
}

/** @throws UserError where the turn cannot follow, as it names what is not there. */
export function after(conversation: Conversation, turn: Turn): Conversation {
  const { said, offers } = conversation;
  switch (turn.do) {
    case 'begin':
      throw new UserError('expected a conversation to begin once');
    case 'say':
      return { ...conversation, said: [...said, { by: 'another', text: turn.text }] };
    case 'offer':
      if (turn.at !== said.length || !isDue(conversation)) {
        throw new UserError(`expected replies to the last of ${said.length} turns, found some to ${turn.at}`);
      }
      return { ...conversation, offers: [...offers, turn] };
    case 'pick': {
      const text = openOffers(conversation).find(({ number }) => number === turn.offer)?.offer.texts[turn.choice - 1];
      if (!text) {
        throw new UserError(`expected a reply that was offered, found number ${turn.choice} of offer ${turn.offer}`);
      }
      return answered(conversation, text.text, { offer: turn.offer, choice: turn.choice });
    }
    case 'type': {
      const newest = openOffers(conversation).at(-1);
      if (!newest) throw new UserError('expected something to answer, found nothing that waits for a reply');
      return answered(conversation, turn.text, { offer: newest.number, choice: null });
    }
    case 'correct': {
      const earlier = turnOf(conversation, turn.turn);
      const first = earlier.first ?? earlier.text;
      const corrected = { ...earlier, text: turn.text, first };
      return { ...conversation, said: said.with(turn.turn - 1, corrected), freshFrom: offers.length };
    }
    case 'keep':
      return { ...conversation, kept: [...conversation.kept, { adapter: turn.adapter, status: turn.status }] };
  }
}

function answered(conversation: Conversation, text: string, answer: NonNullable<Said['answer']>): Conversation {
  return { ...conversation, said: [...conversation.said, { by: 'me', text, answer }] };
}

/** Whether the persona is to speak next. */
export function isDue({ said }: Conversation): boolean {
  return said.at(-1)?.by === 'another';
}

/** By its number, from 1 on. @throws UserError where there is none. */
export function turnOf({ said }: Conversation, number: number): Said {
  const turn = said[number - 1];
  if (turn) return turn;
  throw new UserError(
    said.length === 0
      ? 'expected a turn, found none so far'
      : `expected a turn from 1 to ${said.length}, found ${number}`,
  );
}

/** What can be picked from now, the newest last, by the numbers of the offers. */
export function openOffers(conversation: Conversation): { readonly number: number; readonly offer: Offer }[] {
  const { offers, said, freshFrom } = conversation;
  if (!isDue(conversation)) return [];
  return offers.flatMap((offer, number) =>
    offer.at === said.length && number >= freshFrom ? [{ number, offer }] : [],
  );
}

/** The seed of the next offer, which follows from what was offered before. */
export function nextSeed({ seed, offers }: Conversation): number {
  return Math.floor(randomFrom(seed + offers.length)() * 2 ** 31);
}

/** So long is a turn at most, in UTF-16 units: a thick novel. */
export const LONGEST_TURN = 4_000_000;

/** What somebody said, without control characters. @throws UserError where there are no words, or too many. */
export function asTurn(typed: string): string {
  const text = plain(typed).trim();
  if (!/[^\s\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(text)) {
    throw new UserError('expected some words, found none');
  }
  if (text.length <= LONGEST_TURN) return text;
  throw new UserError(`expected a turn of at most ${LONGEST_TURN.toLocaleString('en')} characters`);
}

/** The persona's words. @throws UserError where they hold the other's turn too: it would learn to write that. */
export function asAnswer(typed: string): string {
  const text = asTurn(typed);
  const line = anothersLine(text);
  if (line === undefined) return text;
  throw new UserError(`expected only what the persona says, found "${line.slice(0, 40)}": so the other is quoted`);
}
