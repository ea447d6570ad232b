/** What a conversation asks for, whoever sits there: replies, and that what was made of them is learned. */
import path from 'node:path';
import { type Conversation, turnOf } from '../chat/conversation.ts';
import { chatsFolder } from '../chat/log.ts';
import type { Lesson } from '../chat/session.ts';
import type { Offer } from '../chat/turn.ts';
import { readCorpus } from '../corpus/read-corpus.ts';
import { splitCorpus } from '../corpus/split-corpus.ts';
import { judgeContext } from '../daemon/composing/judge-context.ts';
import type { ModelHost } from '../host/host-calls.ts';
import { modelOf } from '../learning/adapter/model-of.ts';
import type { SessionLesson } from '../learning/session/session-adapter.ts';
import { startTutor } from '../learning/session/session-tutor.ts';
import type { Persona } from '../persona/persona.ts';
import { randomFrom, shuffled } from '../random.ts';
import type { Store } from '../store/store.ts';
import { heard, type Offered, offeredAgain, offerReplies, type Voice } from './offer-replies.ts';
import { openRecord } from './record-chat.ts';

export interface ChatRoom {
  readonly home: string;
  readonly store: Store;
  readonly persona: Persona;
  readonly host: ModelHost;
  /** Of the conversation. */
  readonly name: string;
  readonly now: () => Date;
}

/** A turn of the persona's that was taught. */
export interface TaughtTurn {
  readonly turn: number;
  readonly lesson: SessionLesson;
}

export interface ChatDesk {
  offer(talk: Conversation, signal?: AbortSignal): Promise<Offer>;
  /** What the owner made of turn `turn`: null where that is nothing to learn. */
  learn(talk: Conversation, turn: number, signal?: AbortSignal): Promise<Lesson | null>;
  /** What this sitting taught, as it stands now. */
  taught(talk: Conversation): readonly TaughtTurn[];
  /** Resolves when all that was decided is in the log of decisions; what was learned in this sitting is gone then. */
  close(): Promise<void>;
}

/** Of the persona's own texts so many are read again, a few beside each lesson, so that it keeps its voice. */
const OWN_TEXTS = 400;

export async function openChatDesk(room: ChatRoom, talk: Conversation): Promise<ChatDesk> {
  const { home, store, persona, host, name, now } = room;
  const spoken = await modelOf(home, store, persona);
  const to = path.join(chatsFolder(home, persona.name), `${name}.taught`);
  const tutor = startTutor({ folder: spoken.folder, own: ownTexts(persona), seed: talk.seed, to });
  // Without a shortest length: in a conversation "No" is an answer.
  const context = { ...(await judgeContext({ store, persona, home })), length: { ...persona.length, min: 1 } };
  const offers = new Map<number, Offered>();
  const record = openRecord({ store, home, persona, name, now }, (number) => offers.get(number));
  record.follow(talk);
  /** Turns of this sitting that were taught, in the order in which they were. */
  const taught = new Set<number>();
  let voice: Voice = { name: spoken.name, folder: spoken.folder, lessons: 0 };

  const lessonAt = (at: Conversation, turn: number): SessionLesson => {
    const { text, answer } = turnOf(at, turn);
    const offered = answer ? at.offers[answer.offer]!.texts : [];
    const others = offered.map((one) => one.text).filter((one) => one !== text);
    return { context: heard(at, persona, turn - 1), said: text, others };
  };

  return {
    async offer(at, signal) {
      const conversing = { store, home, persona, host, now, random: Math.random, ...(signal && { signal }) };
      const offered = await offerReplies(conversing, at, { voice, context });
      offers.set(at.offers.length, offered);
      return offered.offer;
    },

    async learn(at, turn, signal) {
      const began = performance.now();
      const { by, answer, first } = turnOf(at, turn);
      const isCorrection = first !== undefined || by === 'another';
      const changed = [...taught].filter((one) => one >= turn);
      if (by === 'me' && answer) taught.add(turn);
      record.follow(at);
      if (by === 'another' && changed.length === 0) return null;
      const task = isCorrection
        ? { anew: true, lessons: [...taught].map((one) => lessonAt(at, one)) }
        : { anew: false, lessons: [lessonAt(at, turn)] };
      const lessons = await tutor.teach(task);
      voice = { name: spoken.name, folder: to, lessons };
      const shown = by === 'me' && answer ? turn : changed[0]!;
      const offer = at.offers[turnOf(at, shown).answer!.offer]!;
      const before = offer.texts.map(({ text }) => text);
      const place = { context: heard(at, persona, shown - 1), offer };
      const after = await offeredAgain({ persona, host, ...(signal && { signal }) }, to, place);
      return { lessons, before, after, milliseconds: performance.now() - began };
    },

    taught: (at) => [...taught].map((turn) => ({ turn, lesson: lessonAt(at, turn) })),

    async close() {
      await record.close();
      await tutor.close();
    },
  };
}

/** From what it learned, never from what it is measured by. */
function ownTexts({ corpusFile, learn }: Persona): readonly string[] {
  if (corpusFile === undefined) return [];
  const { train } = splitCorpus(readCorpus(corpusFile));
  return shuffled(train, randomFrom(learn.seed))
    .slice(0, OWN_TEXTS)
    .map(({ text }) => text);
}
