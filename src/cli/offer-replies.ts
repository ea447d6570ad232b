/** Asks the model what the persona could say next in a conversation. */
import { type Conversation, nextSeed, openOffers } from '../chat/conversation.ts';
import { diverse, ownTurn } from '../chat/replies.ts';
import type { Offer } from '../chat/turn.ts';
import type { Turn } from '../corpus/document.ts';
import type { ModelHost } from '../daemon/host-calls.ts';
import { tidy } from '../generation/tidy.ts';
import { turnsOf } from '../listening/turns-of.ts';
import type { Persona } from '../persona/persona.ts';

export interface Replying {
  readonly persona: Persona;
  readonly host: ModelHost;
  readonly signal?: AbortSignal | undefined;
}

/** Who answers. */
export interface Voice {
  readonly name: string;
  readonly folder: string;
  /** Of this sitting that it has learned. */
  readonly lessons: number;
}

/** What it could say to the last turn. What was offered for it before does not come again. */
export async function offerReplies(replying: Replying, talk: Conversation, voice: Voice): Promise<Offer> {
  const { sampling } = replying.persona;
  const [seed, at] = [nextSeed(talk), talk.said.length];
  const known = openOffers(talk).flatMap(({ offer }) => offer.texts);
  const context = contextOf(talk.said, replying.persona);
  const { hash, texts } = await repliesTo(replying, voice.folder, {
    context,
    seed,
    count: talk.count,
    sampling,
    known,
  });
  return { do: 'offer', at, model: voice.name, modelHash: hash, lessons: voice.lessons, seed, sampling, texts };
}

/** What a model reads before it answers. Where cleaning leaves nothing of what was said last, that is read as it was said. */
export function contextOf(said: Conversation['said'], persona: Persona): readonly Turn[] {
  const thread = said.map(({ by, text }) => ({ isOwn: by === 'me', text }));
  const turns = turnsOf(thread, persona);
  return turns.length > 0 ? turns : said.slice(-1).map(({ by, text }) => ({ by, text }));
}

export interface AskedReplies {
  readonly context: readonly Turn[];
  readonly seed: number;
  readonly count: number;
  readonly sampling: Offer['sampling'];
  readonly known?: Offer['texts'];
}

/** So many more are written than are shown, to have some that differ; with five, as many as a batch writes in one go. */
const drawn = (count: number) => 2 * count + 2;

/** The same call gives the same replies, on the same weights. None of them holds the other's turn. */
export async function repliesTo(
  { persona, host, signal }: Replying,
  folder: string,
  { context, seed, count, sampling, known = [] }: AskedReplies,
): Promise<{ readonly hash: string; readonly texts: Offer['texts'] }> {
  const { model, generated } = await host.generate(
    {
      folder,
      waiter: 'person',
      prompt: '',
      context,
      count: drawn(count),
      seed,
      sampling,
      maxCharacters: persona.length.max,
    },
    signal,
  );
  const allow = { ...persona.allow, mentions: [] }; // it speaks to one person, and names nobody else
  const replies = generated.map((row) => {
    const own = ownTurn(row.text);
    const finish = own === row.text ? row.finish : 'end-of-text';
    return { text: ownTurn(tidy(own, allow, finish)).trim(), seed: row.seed };
  });
  return { hash: model.hash, texts: diverse(replies, count, known) };
}
