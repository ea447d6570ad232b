/** Talking at the keyboard as pure steps: (state, event) → state and what the shell is to do. Knows no terminal, no model and no file. */
import { UserError } from '../errors.ts';
import { isEnter, isHeld, type Key, type LastKey, lineAfter, type Notice } from '../review/keys.ts';
import { after, asAnswer, asTurn, type Conversation, isDue, openOffers, turnOf } from './conversation.ts';
import type { Offer, Turn } from './turn.ts';

/** What one pick or correction changed: what would be said in the same place. */
export interface Lesson {
  /** Taught in this sitting, this one included. */
  readonly lessons: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** From the key to the replies after it. */
  readonly milliseconds: number;
}

/** A line being typed: what the other says, what the persona should have said, or which turn to correct. */
export interface Typing {
  readonly as: 'say' | 'answer' | 'which';
  readonly line: string;
  /** Enter was pressed while something was done: it counts as soon as that is over. */
  readonly entered?: true;
}

export interface Session {
  readonly talk: Conversation;
  /** Which of the offers that can be picked from is shown; the newest has the largest number. */
  readonly offerIndex: number;
  readonly typing: Typing | null;
  /** Of the last pick, until the next turn. */
  readonly lesson: Lesson | null;
  /** What the shell is doing; no key but leaving and typing counts meanwhile. */
  readonly doing: string | null;
  readonly notice: Notice | null;
  readonly lastKey: LastKey;
}

export type Event =
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'offered'; readonly offer: Offer }
  /** Null: nothing was taught. */
  | { readonly type: 'learned'; readonly lesson: Lesson | null }
  /** Null: left as it was. */
  | { readonly type: 'edited'; readonly turn: number; readonly text: string | null }
  | { readonly type: 'failed'; readonly message: string };

export type Effect =
  /** A turn for the log; the session has taken it already. */
  | { readonly do: 'log'; readonly turn: Turn }
  /** Asks the model for replies to the last turn. */
  | { readonly do: 'offer' }
  /** Teaches what the owner made of this turn. */
  | { readonly do: 'learn'; readonly turn: number }
  | { readonly do: 'edit'; readonly turn: number; readonly text: string }
  | { readonly do: 'leave' };

export interface Step {
  readonly session: Session;
  /** In this order. */
  readonly effects: readonly Effect[];
}

/** Begins, or goes on: with replies where something waits for one. */
export function start(talk: Conversation, notice: string | null = null): Step {
  const session: Session = {
    talk,
    offerIndex: Math.max(0, openOffers(talk).length - 1),
    typing: null,
    lesson: null,
    doing: null,
    notice: notice === null ? null : { kind: 'said', text: notice },
    lastKey: null,
  };
  return onward({ session, effects: [] });
}

export function step(session: Session, event: Event): Step {
  switch (event.type) {
    case 'offered': {
      const { session: offered, effects } = turned({ ...session, doing: null }, event.offer);
      const none = event.offer.texts.length === 0;
      return {
        session: none ? said(offered, 'Nothing came that is not there already; m asks again.') : offered,
        effects,
      };
    }
    case 'learned':
      return afterLesson({ ...session, doing: null, lesson: event.lesson ?? session.lesson });
    case 'edited':
      return corrected({ ...session, doing: null }, event);
    case 'failed':
      return ready({ ...session, doing: null, notice: { kind: 'failed', text: event.message } });
    case 'key': {
      const { key } = event;
      return onKey({ ...session, lastKey: key }, key, isHeld(key, session.lastKey));
    }
  }
}

function onKey(session: Session, key: Key, held: boolean): Step {
  if (key.name === 'ctrl-c') return { session, effects: [{ do: 'leave' }] };
  if (session.typing !== null) return typing(session, session.typing, key);
  if (key.name === 'q') return { session, effects: [{ do: 'leave' }] };
  if (session.doing !== null) return still(session);
  return commanded({ ...session, notice: null }, key.name, held);
}

function commanded(session: Session, name: string, held: boolean): Step {
  const offers = openOffers(session.talk);
  if (/^[1-9]$/.test(name)) {
    const shown = offers[session.offerIndex];
    if (held || !shown?.offer.texts[Number(name) - 1]) return still(session);
    return answered(session, { do: 'pick', offer: shown.number, choice: Number(name) });
  }
  switch (name) {
    case 'm':
      return isDue(session.talk) ? offering(session) : still(session);
    case 't':
      return offers.length > 0 ? still({ ...session, typing: { as: 'answer', line: '' } }) : still(session);
    case 's':
    case 'return':
    case 'enter':
      return still({ ...session, typing: { as: 'say', line: '' } });
    case 'c':
      return session.talk.said.length > 0
        ? still({ ...session, typing: { as: 'which', line: '' } })
        : still(said(session, 'Nothing was said yet.'));
    case 'left':
      return still({ ...session, offerIndex: Math.max(0, session.offerIndex - 1) });
    case 'right':
      return still({ ...session, offerIndex: Math.max(0, Math.min(offers.length - 1, session.offerIndex + 1)) });
    default:
      return still(session);
  }
}

function typing(session: Session, { as, line }: Typing, key: Key): Step {
  if (!isEnter(key)) {
    const longer = lineAfter(line, key);
    return still({ ...session, typing: longer === null ? null : { as, line: longer } });
  }
  return session.doing === null
    ? enter(session, { as, line })
    : still({ ...session, typing: { as, line, entered: true } });
}

function enter(session: Session, { as, line }: Typing): Step {
  try {
    return entered({ ...session, typing: null, notice: null }, { as, line });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return still({ ...session, typing: { as, line }, notice: { kind: 'failed', text: error.message } });
  }
}

function afterLesson(session: Session): Step {
  return session.typing?.entered ? enter(session, session.typing) : onward(still(session));
}

/** @throws UserError where the line cannot be taken; it stays to be changed. */
function entered(session: Session, { as, line }: Typing): Step {
  switch (as) {
    case 'say':
      return onward(turned({ ...session, lesson: null }, { do: 'say', text: asTurn(line) }));
    case 'answer':
      return answered(session, { do: 'type', text: asAnswer(line) });
    case 'which': {
      const number = /^\d{1,6}$/.test(line.trim()) ? Number(line) : Number.NaN;
      const { text } = turnOf(session.talk, number);
      return {
        session: { ...session, doing: 'Editing…' },
        effects: [{ do: 'edit', turn: number, text }],
      };
    }
  }
}

/** The persona has spoken: that is taught, while the next turn may be typed already. */
function answered(session: Session, turn: Turn): Step {
  const { session: next, effects } = turned({ ...session, lesson: null }, turn);
  return {
    session: { ...next, doing: 'Learning…', typing: { as: 'say', line: '' } },
    effects: [...effects, { do: 'learn', turn: next.talk.said.length }],
  };
}

function corrected(session: Session, { turn, text }: Extract<Event, { type: 'edited' }>): Step {
  if (text === null) return ready(said(session, 'Left as it was.'));
  try {
    const { by } = turnOf(session.talk, turn);
    const words = by === 'me' ? asAnswer(text) : asTurn(text);
    const { session: next, effects } = turned(session, { do: 'correct', turn, text: words });
    return {
      session: { ...next, doing: 'Learning…' },
      effects: [...effects, { do: 'learn', turn }],
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return ready({ ...session, notice: { kind: 'failed', text: error.message } });
  }
}

function turned(session: Session, turn: Turn): Step {
  const talk = after(session.talk, turn);
  return {
    session: { ...session, talk, offerIndex: Math.max(0, openOffers(talk).length - 1) },
    effects: [{ do: 'log', turn }],
  };
}

/** With a call to the model where something waits for a reply, else with a line for the other's turn. */
function onward({ session, effects }: Step): Step {
  if (!isDue(session.talk) || openOffers(session.talk).length > 0) return { ...ready(session), effects };
  const next = offering(session);
  return { session: next.session, effects: [...effects, ...next.effects] };
}

function ready(session: Session): Step {
  if (session.typing !== null || isDue(session.talk)) return still(session);
  return still({ ...session, typing: { as: 'say', line: '' } });
}

function offering(session: Session): Step {
  return { session: { ...session, doing: 'Writing…', typing: null }, effects: [{ do: 'offer' }] };
}

const still = (session: Session): Step => ({ session, effects: [] });
const said = (session: Session, text: string): Session => ({ ...session, notice: { kind: 'said', text } });
