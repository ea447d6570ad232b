/** A review at the keyboard as pure steps: (state, event) → state and what the shell is to do. Knows no terminal and no store. */
import type { Candidate } from '../queue/candidate.ts';
import type { Draft } from '../queue/draft.ts';
import { isEnter, isHeld, type Key, type LastKey, lineAfter, type Notice } from './keys.ts';

export interface Session {
  /** Those that wait for their owner, soonest slot first: to be decided, or to be said whether they were posted. */
  readonly drafts: readonly Draft[];
  /** The draft on the screen. */
  readonly draftId: number | null;
  /** Which call to the model is shown, and which of its candidates has the focus. */
  readonly roundIndex: number;
  readonly focus: number;
  /** Lines further down than where the focus begins. */
  readonly scroll: number;
  readonly detail: boolean;
  /** The reason for a rejection, while it is typed. */
  readonly reason: string | null;
  /** What the shell is doing; no key but leaving counts meanwhile. */
  readonly doing: string | null;
  readonly notice: Notice | null;
  /** Decisions of this session that can be taken back, oldest first. */
  readonly decided: readonly number[];
  readonly skipped: readonly number[];
  /** Edited texts that could not be approved, by draft: words are not lost to a limit. */
  readonly unsaved: ReadonlyMap<number, string>;
  readonly lastKey: LastKey;
}

export type Event =
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'loaded'; readonly drafts: readonly Draft[] }
  | {
      readonly type: 'done';
      readonly did: 'approve' | 'reject' | 'skip' | 'settle' | 'undo' | 'more' | 'nothing';
      readonly draftId: number;
      readonly notice: Notice;
    }
  | { readonly type: 'failed'; readonly message: string; readonly unsaved?: { draftId: number; text: string } };

export type Effect =
  | { readonly do: 'approve'; readonly draftId: number; readonly candidateId: number }
  | { readonly do: 'edit'; readonly draftId: number; readonly candidateId: number; readonly text: string }
  | { readonly do: 'more'; readonly draftId: number }
  | { readonly do: 'reject'; readonly draftId: number; readonly reason: string }
  | { readonly do: 'skip'; readonly draftId: number }
  | { readonly do: 'settle'; readonly draftId: number; readonly was: 'posted' | 'not posted' }
  | { readonly do: 'undo'; readonly draftId: number }
  | { readonly do: 'leave' };

export interface Step {
  readonly session: Session;
  readonly effect?: Effect;
}

export const START: Session = {
  drafts: [],
  draftId: null,
  roundIndex: 0,
  focus: 0,
  scroll: 0,
  detail: false,
  reason: null,
  doing: null,
  notice: null,
  decided: [],
  skipped: [],
  unsaved: new Map(),
  lastKey: null,
};

export function step(session: Session, event: Event): Step {
  switch (event.type) {
    case 'loaded':
      return { session: withDrafts(session, event.drafts) };
    case 'failed': {
      const unsaved = new Map(session.unsaved);
      if (event.unsaved) unsaved.set(event.unsaved.draftId, event.unsaved.text);
      return { session: { ...session, unsaved, doing: null, notice: { kind: 'failed', text: event.message } } };
    }
    case 'done':
      return { session: afterDoing(session, event) };
    case 'key': {
      const { key } = event;
      return onKey({ ...session, lastKey: key }, key, isHeld(key, session.lastKey));
    }
  }
}

function onKey(session: Session, key: Key, isHeld: boolean): Step {
  if (key.name === 'ctrl-c') return { session, effect: { do: 'leave' } };
  if (session.reason !== null) return typing(session, session.reason, key);
  if (key.name === 'q') return { session, effect: { do: 'leave' } };
  if (session.doing !== null) return { session };

  const calm = { ...session, notice: null };
  if (key.name === 'u') return undoing(calm);
  const draft = shownDraft(calm);
  if (draft && draft.heldAt !== null) return settling(calm, draft, key.name, isHeld);
  return draft ? deciding(calm, draft, key.name, isHeld) : { session: calm };
}

/** Of a draft that may be posted or not. */
function settling(session: Session, { id: draftId }: Draft, name: string, isHeld: boolean): Step {
  switch (name) {
    case 'p':
    case 'n': {
      if (isHeld) return { session };
      const was = name === 'p' ? 'posted' : 'not posted';
      return { session: { ...session, doing: 'Settling…' }, effect: { do: 'settle', draftId, was } };
    }
    case 'x':
      return { session: { ...session, reason: '' } };
    case 's': {
      const others = session.skipped.filter((id) => id !== draftId);
      return { session: show({ ...session, skipped: [...others, draftId] }, null) };
    }
    default:
      return { session };
  }
}

const SCROLL = 5; // lines

function deciding(session: Session, draft: Draft, name: string, isHeld: boolean): Step {
  const page = shownPage(session);
  const focused = page[session.focus];
  switch (name) {
    case '1':
    case '2':
    case '3':
    case '4':
    case '5': {
      const picked = page[Number(name) - 1];
      if (isHeld || !picked) return { session };
      const effect = { do: 'approve', draftId: draft.id, candidateId: picked.id } as const;
      return { session: { ...session, doing: 'Approving…' }, effect };
    }
    case 'e': {
      if (!focused) return { session };
      const text = session.unsaved.get(draft.id) ?? focused.text;
      const effect = { do: 'edit', draftId: draft.id, candidateId: focused.id, text } as const;
      return { session: { ...session, doing: 'Editing…' }, effect };
    }
    case 'm':
      return { session: { ...session, doing: 'Writing more candidates…' }, effect: { do: 'more', draftId: draft.id } };
    case 'x':
      return { session: { ...session, reason: '' } };
    case 's':
      return { session: { ...session, doing: 'Skipping…' }, effect: { do: 'skip', draftId: draft.id } };
    case 'd':
    case '?':
      return { session: { ...session, detail: !session.detail } };
    case 'up':
    case 'k':
      return { session: { ...session, focus: Math.max(0, session.focus - 1), scroll: 0 } };
    case 'down':
    case 'j':
      return { session: { ...session, focus: Math.min(page.length - 1, session.focus + 1), scroll: 0 } };
    case 'pageup':
      return { session: { ...session, scroll: session.scroll - SCROLL } };
    case 'pagedown':
      return { session: { ...session, scroll: session.scroll + SCROLL } };
    case 'left':
      return { session: turned(session, -1) };
    case 'right':
      return { session: turned(session, 1) };
    default:
      return { session };
  }
}

function typing(session: Session, reason: string, key: Key): Step {
  if (!isEnter(key)) return { session: { ...session, reason: lineAfter(reason, key)?.replace('\n', ' ') ?? null } };
  const { draftId } = session;
  if (draftId === null) return { session: { ...session, reason: null } };
  return { session: { ...session, reason: null, doing: 'Rejecting…' }, effect: { do: 'reject', draftId, reason } };
}

function undoing(session: Session): Step {
  const draftId = session.decided.at(-1);
  if (draftId !== undefined) return { session: { ...session, doing: 'Undoing…' }, effect: { do: 'undo', draftId } };
  const text = 'Nothing decided in this session; eidolon queue undo ID takes back an earlier decision.';
  return { session: { ...session, notice: { kind: 'said', text } } };
}

function afterDoing(session: Session, { did, draftId, notice }: Event & { type: 'done' }): Session {
  const ended = { ...session, doing: null, notice };
  const others = session.skipped.filter((id) => id !== draftId);
  switch (did) {
    case 'approve':
    case 'reject': {
      const unsaved = new Map(session.unsaved);
      unsaved.delete(draftId);
      return { ...ended, unsaved, decided: [...session.decided, draftId] };
    }
    case 'skip':
      return show({ ...ended, decided: [...session.decided, draftId], skipped: [...others, draftId] }, null);
    case 'undo':
      return show({ ...ended, decided: session.decided.slice(0, -1), skipped: others }, draftId);
    default:
      return ended;
  }
}

/** Takes the drafts as the store has them now; what is on the screen stays there while it is pending. */
function withDrafts(session: Session, drafts: readonly Draft[]): Session {
  const earlier = session.drafts.find(({ id }) => id === session.draftId);
  const next = {
    ...session,
    drafts: drafts.map((draft) => (draft.id === earlier?.id ? inOrderOf(earlier, draft) : draft)),
  };
  const shown = next.drafts.find(({ id }) => id === session.draftId);
  if (!shown) return show({ ...next, reason: null }, null);
  const hasMore = earlier !== undefined && roundsOf(shown).length > roundsOf(earlier).length;
  return hasMore ? show(next, shown.id) : next;
}

/** A selector that learned elsewhere must not move candidates under the owner's fingers. */
function inOrderOf(earlier: Draft, draft: Draft): Draft {
  const place = new Map(earlier.candidates.map(({ id }, index) => [id, index]));
  const placeOf = ({ id }: Candidate) => place.get(id) ?? place.size;
  return { ...draft, candidates: draft.candidates.toSorted((a, b) => placeOf(a) - placeOf(b)) };
}

/** Puts a draft on the screen with its newest round; null: the soonest that was not skipped, else the one skipped longest ago. */
function show(session: Session, draftId: number | null): Session {
  const [longestAgo] = session.skipped.filter((id) => session.drafts.some((draft) => draft.id === id));
  const draft =
    session.drafts.find(({ id }) => id === draftId) ??
    session.drafts.find(({ id }) => !session.skipped.includes(id)) ??
    session.drafts.find(({ id }) => id === longestAgo);
  const roundIndex = draft ? Math.max(0, roundsOf(draft).length - 1) : 0;
  return { ...session, draftId: draft?.id ?? null, roundIndex, focus: 0, scroll: 0 };
}

function turned(session: Session, by: -1 | 1): Session {
  const draft = shownDraft(session);
  const last = draft ? roundsOf(draft).length - 1 : 0;
  return { ...session, roundIndex: Math.min(last, Math.max(0, session.roundIndex + by)), focus: 0, scroll: 0 };
}

export function shownDraft(session: Session): Draft | undefined {
  return session.drafts.find(({ id }) => id === session.draftId);
}

/** The candidates that the keys 1–5 pick from. */
export function shownPage(session: Session): readonly Candidate[] {
  const draft = shownDraft(session);
  return (draft && roundsOf(draft)[session.roundIndex]) ?? [];
}

/** The candidates as they were offered together, the oldest offer first. */
export function roundsOf(draft: Draft): readonly (readonly Candidate[])[] {
  return [...Map.groupBy(draft.candidates, ({ offeredIn, roundId }) => offeredIn ?? roundId).values()];
}
