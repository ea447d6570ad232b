/** Asks what the persona could say next in a conversation. */
import { type Conversation, nextSeed, openOffers } from '../chat/conversation.ts';
import { diverse } from '../chat/replies.ts';
import type { Offer } from '../chat/turn.ts';
import type { Turn } from '../corpus/document.ts';
import { type Conversing, rankReplies } from '../daemon/composing/rank-replies.ts';
import type { Judged } from '../daemon/composing/write-candidates.ts';
import { ownTurn } from '../generation/own-turn.ts';
import { tidy } from '../generation/tidy.ts';
import { turnsOf } from '../listening/turns-of.ts';
import type { Persona } from '../persona/persona.ts';
import type { Round } from '../queue/create-draft.ts';
import type { JudgeContext } from '../scoring/candidate.ts';

/** Who answers: what the persona speaks with, or what it was taught in this sitting. */
export interface Voice {
  readonly name: string;
  readonly folder: string;
  readonly lessons: number;
}

export interface Offered {
  readonly offer: Offer;
  readonly round: Round;
  /** What was measured of each text that is offered, in that order. */
  readonly candidates: readonly Judged[];
}

/** So many more are written than are shown, to have some that differ; for five, no more than a batch writes in one go. */
const drawn = (count: number) => 2 * count + 2;

/** Nobody is offered these, whatever else there is to choose from. */
const NEVER: readonly string[] = ['empty', 'other voice', 'blocklist', 'personal data', 'private name', 'rules'];

/** Best first; where too few pass the gates, others after them. What was offered for this turn before does not come again. */
export async function offerReplies(
  conversing: Conversing,
  talk: Conversation,
  { voice, context }: { readonly voice: Voice; readonly context: JudgeContext },
): Promise<Offered> {
  const { sampling } = conversing.persona;
  const seed = nextSeed(talk);
  const { round, ranked, all } = await rankReplies(
    { ...conversing, voice },
    { turns: heard(talk, conversing.persona), count: drawn(talk.count), seed, context },
  );
  const failing = (one: Judged) => one.gates.filter(({ passed }) => !passed);
  const others = all.filter((one) => !one.passed && failing(one).every(({ name }) => !NEVER.includes(name)));
  const known = openOffers(talk).flatMap(({ offer }) => offer.texts);
  const passing = diverse(ranked, talk.count, known);
  const filling = diverse(others, talk.count - passing.length, [...known, ...passing]);
  const candidates = [...passing, ...filling];
  const offer: Offer = {
    do: 'offer',
    at: talk.said.length,
    model: voice.name,
    modelHash: round.modelHash,
    ...(round.request.bits && { bits: round.request.bits, bitsHash: round.request.bitsHash }),
    lessons: voice.lessons,
    seed,
    sampling,
    texts: candidates.map((one) => ({ text: one.text, seed: one.seed })),
  };
  return { offer, round, candidates };
}

/**
 * The first `count` turns as a model reads them, and before them what is remembered of earlier conversations. Where cleaning leaves nothing of
 * what was said last, that is read as it was said.
 */
export function heard(talk: Conversation, persona: Persona, count = talk.said.length): readonly Turn[] {
  const said = talk.said.slice(0, count);
  const turns = turnsOf(
    [...talk.remembered, ...said].map(({ by, text }) => ({ isOwn: by === 'me', text })),
    persona,
  );
  return turns.length > 0 ? turns : said.slice(-1).map(({ by, text }) => ({ by, text }));
}

/** What the same seeds of an offer bring now, in its order; what no model wrote stays as it was. '' where nothing is left. */
export async function offeredAgain(
  { persona, host, signal }: Pick<Conversing, 'persona' | 'host' | 'signal'>,
  folder: string,
  { context, offer }: { readonly context: readonly Turn[]; readonly offer: Offer },
): Promise<readonly string[]> {
  const seeds = offer.texts.map(({ seed }) => seed).filter((seed) => seed >= 0);
  if (seeds.length === 0) return offer.texts.map(({ text }) => text);
  const first = Math.min(...seeds);
  const { sampling, bits } = offer;
  const asked = {
    ...(bits && { bits }),
    prompt: '',
    context,
    count: Math.max(...seeds) - first + 1,
    seed: first,
    sampling,
  };
  const maxCharacters = persona.length.max;
  const { generated } = await host.generate({ folder, waiter: 'person', ...asked, maxCharacters }, signal);
  return offer.texts.map(({ text, seed }) => {
    const row = generated[seed - first];
    if (seed < 0 || !row) return text;
    const own = ownTurn(row.text);
    return tidy(own.text, persona.allow, own.wasCut ? 'end-of-text' : row.finish);
  });
}
