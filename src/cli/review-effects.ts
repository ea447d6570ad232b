/** Does what a review session asks for, on the store. Every outcome is an event for the session; only bugs are thrown. */
import path from 'node:path';
import { UserError, WorldError } from '../errors.ts';
import type { ModelHost } from '../host/host-calls.ts';
import { type Lesson, lessonLines } from '../learning/selector/lesson.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { type Draft, getDraft } from '../queue/draft.ts';
import { askForMore, reject, skip, undo } from '../review/decide.ts';
import type { Notice } from '../review/keys.ts';
import type { Effect, Event } from '../review/session.ts';
import { statusSentence } from '../review/status-sentence.ts';
import type { Store } from '../store/store.ts';
import { approveOnTerms, settleOnTerms } from './approve-on-terms.ts';
import { editText } from './edit-text.ts';
import { zones } from './zones.ts';

export interface Desk {
  readonly home: string;
  readonly store: Store;
  readonly now: () => Date;
  /** Lends the terminal to the editor. */
  readonly lend: <T>(work: () => Promise<T>) => Promise<T>;
  readonly host: ModelHost;
  /** Learns from a decision that was just stored. */
  readonly teach: (persona: string, draftId: number) => Promise<Lesson>;
  /** Whether each decision is followed to the changed ranking, for the owner to read. */
  readonly explains: boolean;
  /** Aborted when the owner leaves: candidates that are still being written are given up. */
  readonly signal: AbortSignal;
}

export type Deed = Exclude<Effect, { readonly do: 'leave' }>;

export async function perform(deed: Deed, desk: Desk): Promise<Event> {
  try {
    return await taught(await doing(deed, desk), desk);
  } catch (error) {
    if (error instanceof UserError) return { type: 'failed', message: withHint(error) };
    if (error instanceof WorldError || desk.signal.aborted) return { type: 'failed', message: String(error) };
    throw error;
  }
}

/** A decision stands also where nothing could be learned from it; that is said. */
async function taught(event: Event, { store, teach, explains }: Desk): Promise<Event> {
  if (event.type !== 'done' || !['approve', 'reject', 'undo'].includes(event.did)) return event;
  const { notice, draftId } = event;
  try {
    const lesson = await teach((await getDraft(store, draftId)).persona, draftId);
    return explains
      ? { ...event, notice: { ...notice, text: [notice.text, ...lessonLines(lesson)].join('\n') } }
      : event;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...event, notice: { kind: 'failed', text: `${notice.text} It was not learned from: ${reason}` } };
  }
}

async function doing(deed: Deed, desk: Desk): Promise<Event> {
  const { draftId } = deed;
  const decision = { draftId, now: desk.now() };
  switch (deed.do) {
    case 'approve':
      return approveCandidate(deed, desk);
    case 'edit':
      return editCandidate(deed, desk);
    case 'more':
      return writeMore(draftId, desk);
    case 'reject':
      await reject(desk.store, { ...decision, reason: deed.reason });
      return done('reject', draftId, { kind: 'done', text: `Draft ${draftId} is rejected. u takes it back.` });
    case 'skip':
      await skip(desk.store, decision);
      return done('skip', draftId, { kind: 'said', text: `Draft ${draftId} waits for another time.` });
    case 'settle':
      return settled(deed, desk);
    case 'undo':
      await undo(desk.store, decision);
      return done('undo', draftId, { kind: 'done', text: `Taken back: draft ${draftId} waits for you again.` });
  }
}

async function approveCandidate({ draftId, candidateId }: Deed & { do: 'approve' }, desk: Desk): Promise<Event> {
  return approved(await approveOnTerms(desk.store, desk.home, { draftId, candidateId, now: desk.now() }), desk);
}

async function editCandidate({ draftId, candidateId, text }: Deed & { do: 'edit' }, desk: Desk): Promise<Event> {
  const edited = await desk.lend(() => editText(text));
  if (edited === null) return done('nothing', draftId, { kind: 'said', text: 'Left as it was: nothing is decided.' });
  try {
    const approval = { draftId, candidateId, text: edited, now: desk.now() };
    return approved(await approveOnTerms(desk.store, desk.home, approval), desk);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const message = `${error.message}. Your words are kept: e goes on with them.`;
    return { type: 'failed', message, unsaved: { draftId, text: edited } };
  }
}

async function settled({ draftId, was }: Deed & { do: 'settle' }, desk: Desk): Promise<Event> {
  const draft = await settleOnTerms(desk.store, desk.home, { draftId, was, now: desk.now() });
  if (was === 'not posted') return approved(draft, desk);
  return done('settle', draftId, { kind: 'done', text: `Draft ${draftId} is posted, as you say.` });
}

async function writeMore(draftId: number, desk: Desk): Promise<Event> {
  const { moreCandidates } = await import('../daemon/composing/compose-draft.ts');
  const { onDevice } = await import('../host/host-calls.ts');
  const draft = await askForMore(desk.store, { draftId, now: desk.now() });
  const persona = loadPersona(path.join(desk.home, 'personas', draft.persona));
  const { store, home, now, signal } = desk;
  const host = onDevice(persona.device, desk.host);
  const brought = await moreCandidates({ store, persona, host, home, now, random: Math.random, signal }, draftId);
  return brought === 0
    ? done('more', draftId, { kind: 'said', text: 'None of them passed every gate; m tries again.' })
    : done('more', draftId, { kind: 'done', text: `${brought} more; ← shows the earlier ones.` });
}

function approved(draft: Draft, { home, now }: Desk): Event {
  const zone = zones(home)(draft.persona);
  const text = `Draft ${draft.id} ${statusSentence(draft, now(), zone)}. u takes it back.`;
  return done('approve', draft.id, { kind: 'done', text });
}

function done(did: (Event & { type: 'done' })['did'], draftId: number, notice: Notice): Event {
  return { type: 'done', did, draftId, notice };
}

const withHint = ({ message, hint }: UserError) => (hint ? `${message}. ${hint}` : message);
