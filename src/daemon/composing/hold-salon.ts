/** Personas talk to each other, one after the other, until it goes dull or round in circles. Publishes nothing and stores nothing. */
import type { Turn } from '../../corpus/document.ts';
import { randomFrom } from '../../random.ts';
import { type SaidTurn, whyOver } from '../../replies/why-over.ts';
import type { JudgeContext } from '../../scoring/candidate.ts';
import { requestFor } from './compose-draft.ts';
import { judgeContext } from './judge-context.ts';
import { type Conversing, type RankedReplies, rankReplies } from './rank-replies.ts';
import { type Judged, writeCandidates } from './write-candidates.ts';

export interface Salon {
  /** In the order in which they speak, at least two. */
  readonly speakers: readonly Omit<Conversing, 'random'>[];
  /** The first one's first words; drawn from its prompts and written by it where they are left out. */
  readonly opening?: string | undefined;
  /** At most so many turns, the opening included. */
  readonly most: number;
  /** The same seed and models hold the same salon. */
  readonly seed: number;
  /** What is said of those that were found: the best, where it is left out. */
  readonly choose?: (replies: RankedReplies) => Judged | undefined;
}

export interface SalonTurn extends SaidTurn {
  /** From 1. */
  readonly number: number;
  /** The turn that it answers; null of the opening. */
  readonly answers: number | null;
  readonly persona: string;
  readonly text: string;
  /** Null of an opening that somebody else wrote. */
  readonly chosen: Judged | null;
}

export type SalonEnd =
  | { readonly kind: 'loop' | 'dull' | 'enough' }
  | { readonly kind: 'speechless'; readonly persona: string };

/** A gate may stop all that one seed brings. */
const TRIES = 3;

/** Each turn as it is said; at the end, why. */
export async function* holdSalon({
  speakers,
  opening,
  most,
  seed,
  choose = ({ ranked }) => ranked[0],
}: Salon): AsyncGenerator<SalonTurn, SalonEnd> {
  const random = randomFrom(seed);
  const contexts: JudgeContext[] = [];
  for (const speaker of speakers) contexts.push(await judgeContext(speaker));
  const turns: (SalonTurn & { readonly seat: number })[] = [];
  while (turns.length < most) {
    const seat = turns.length % speakers.length;
    const speaker = { ...speakers[seat]!, random };
    const context = contexts[seat]!;
    const before = turns.at(-1)?.number ?? null;
    const chosen =
      before === null && opening !== undefined
        ? null
        : await firstOf(TRIES, () => {
            if (before === null) return writtenOpening(speaker, context);
            return rankReplies(speaker, { turns: seenBy(seat, turns), context }).then(choose);
          });
    if (chosen === undefined) return { kind: 'speechless', persona: speaker.persona.name };
    const turn = {
      number: turns.length + 1,
      answers: before,
      persona: speaker.persona.name,
      text: chosen?.text ?? opening!,
      chosen,
      ...(chosen && before !== null && saidTurn(chosen)),
      seat,
    };
    turns.push(turn);
    const { seat: _, ...told } = turn;
    yield told;
    const over = whyOver(turns);
    if (over !== null) return { kind: over };
  }
  return { kind: 'enough' };
}

/** As the features of a reply have it. */
export function saidTurn({ features }: Pick<Judged, 'features'>): SaidTurn {
  const value = (feature: string) => features.find(({ name }) => name === feature)?.value;
  return { relevance: value('relevance'), dullness: value('dullness'), saidBefore: value('said before') };
}

/** The conversation through the eyes of one who takes part: what it said itself is its own, all else another's. */
export function seenBy(
  seat: number,
  turns: readonly { readonly seat: number; readonly text: string }[],
): readonly Turn[] {
  return turns.map((turn) => ({ by: turn.seat === seat ? 'me' : 'another', text: turn.text }));
}

async function writtenOpening(speaker: Conversing, context: JudgeContext): Promise<Judged | undefined> {
  const { persona, random } = speaker;
  const prompt = persona.prompts[Math.floor(random() * persona.prompts.length)] ?? '';
  const { judged } = await writeCandidates(speaker, requestFor(persona, prompt, random), context);
  return judged.filter(({ passed }) => passed).toSorted((a, b) => b.score - a.score)[0];
}

async function firstOf(tries: number, attempt: () => Promise<Judged | undefined>): Promise<Judged | undefined> {
  for (let left = tries; left > 0; left--) {
    const found = await attempt();
    if (found) return found;
  }
  return undefined;
}
