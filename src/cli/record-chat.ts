/** Keeps the log of decisions as the conversation stands: what was answered, corrected, and what each answer is to. */
import type { Conversation, Said } from '../chat/conversation.ts';
import { recordAnswer, recordContext, recordCorrection, recordedAnswers } from '../chat/record-answer.ts';
import { openSchool } from '../learning/selector/teach.ts';
import type { Persona } from '../persona/persona.ts';
import type { NewCandidate } from '../queue/candidate.ts';
import type { Store } from '../store/store.ts';
import { heard, type Offered } from './offer-replies.ts';

export interface Recording {
  readonly store: Store;
  readonly home: string;
  readonly persona: Persona;
  /** Of the conversation. */
  readonly name: string;
  readonly now: () => Date;
}

export interface ChatRecord {
  /** In its turn, after what was followed before. */
  follow(talk: Conversation): void;
  close(): Promise<void>;
}

/** @param offered by its number, an offer of this sitting with what was measured of it. */
export function openRecord(recording: Recording, offered: (number: number) => Offered | undefined): ChatRecord {
  const teach = openSchool(recording.store, recording.home);
  let work = Promise.resolve();
  return {
    follow(talk) {
      work = work.then(async () => {
        for (const draft of await recordChat(recording, talk, offered)) await teach(recording.persona.name, draft);
      });
      work.catch(() => {}); // told by close
    },
    close: () => work,
  };
}

/** What is there already is not recorded again, so a session that was killed is caught up with. Returns the drafts that changed. */
export async function recordChat(
  { store, persona, name, now }: Recording,
  talk: Conversation,
  offered: (number: number) => Offered | undefined = () => undefined,
): Promise<readonly number[]> {
  const recorded = await recordedAnswers(store, persona.name, name);
  const drafts: number[] = [];
  for (const [index, said] of talk.said.entries()) {
    if (said.by !== 'me' || !said.answer) continue;
    const { text } = said;
    const context = heard(talk, persona, index);
    const known = recorded.get(index + 1);
    if (!known) {
      const place = { persona: persona.name, chat: name, turn: index + 1, context, text, now: now() };
      drafts.push(await recordAnswer(store, { ...place, ...answerOf(talk, said, { persona, context, offered }) }));
      continue;
    }
    if (known.text !== text) {
      await recordCorrection(store, { draftId: known.draftId, text, now: now() });
      drafts.push(known.draftId);
    }
    if (JSON.stringify(known.context) !== JSON.stringify(context)) {
      await recordContext(store, { draftId: known.draftId, context });
    }
  }
  return drafts;
}

interface Place {
  readonly persona: Persona;
  readonly context: readonly { readonly by: 'me' | 'another'; readonly text: string }[];
  readonly offered: (number: number) => Offered | undefined;
}

function answerOf(talk: Conversation, said: Said, { persona, context, offered }: Place) {
  const { offer: number, choice } = said.answer!;
  const offer = talk.offers[number]!;
  const measured = offered(number);
  if (measured && measured.candidates.length > 0)
    return { choice, round: measured.round, candidates: measured.candidates };
  const { texts, seed, sampling, model, modelHash } = offer;
  const request = { prompt: '', context, count: texts.length, seed, sampling, maxCharacters: persona.length.max };
  return {
    choice,
    round: { model, modelHash, request: { ...request, allow: persona.allow } },
    // Where nothing was offered, what was typed is all there is.
    candidates: (texts.length > 0 ? texts : [{ text: said.text, seed: -1 }]).map(unmeasured),
  };
}

/** Of a sitting that ended before it was recorded: the log has its words, and nobody measured them. */
function unmeasured({ text, seed }: { readonly text: string; readonly seed: number }): NewCandidate {
  const nothing = { tokens: 0, logProbability: 0, score: 0.5, gates: [], features: [] };
  return { text, rawText: text, seed, kept: true, ...nothing };
}
