/** Writing at the keyboard as pure steps: (state, event) → state and what the shell is to do. Knows no terminal, no model and no file. */
import { UserError } from '../errors.ts';
import { isEnter, isHeld, type Key, type LastKey, lineAfter, type Notice } from '../review/keys.ts';
import { textOf } from './provenance.ts';
import { type Drawing, GRAINS, type Offer, type Turn } from './turn.ts';
import { after, asContinuation, childrenOf, nodeAt, offersAt, plain, type Writing } from './writing.ts';

export interface Session {
  readonly writing: Writing;
  readonly view: 'text' | 'tree' | 'compare';
  /** Which of the offers at the current node is shown; the newest has the largest number. */
  readonly offerIndex: number;
  /** The node under the cursor in the tree. */
  readonly focus: number;
  /** The words of one's own, while they are typed. */
  readonly typing: string | null;
  /** What the shell is doing; no key but leaving counts meanwhile. */
  readonly doing: string | null;
  readonly notice: Notice | null;
  readonly lastKey: LastKey;
}

export type Event =
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'offered'; readonly offer: Offer }
  /** Null: left as it was. */
  | { readonly type: 'edited'; readonly text: string | null }
  | { readonly type: 'failed'; readonly message: string };

export type Effect =
  /** A turn for the log; the session has taken it already. */
  | { readonly do: 'log'; readonly turn: Turn }
  /** Asks the model for continuations at the current node. */
  | { readonly do: 'offer' }
  | { readonly do: 'edit'; readonly text: string }
  | { readonly do: 'leave' };

export interface Step {
  readonly session: Session;
  /** In this order. */
  readonly effects: readonly Effect[];
}

/** Begins, or goes on, with continuations where there are none yet. */
export function start(writing: Writing, notice: string | null = null): Step {
  const session: Session = {
    writing,
    view: 'text',
    offerIndex: Math.max(0, offersAt(writing).length - 1),
    focus: writing.at,
    typing: null,
    doing: null,
    notice: notice === null ? null : { kind: 'said', text: notice },
    lastKey: null,
  };
  return withOffers({ session, effects: [] });
}

export function step(session: Session, event: Event): Step {
  switch (event.type) {
    case 'offered': {
      const { session: offered, effects } = turned({ ...session, doing: null }, event.offer);
      const last = { ...offered, offerIndex: offersAt(offered.writing).length - 1 };
      const none = event.offer.texts.length === 0;
      return { session: none ? said(last, 'Nothing came that is not there already; m asks again.') : last, effects };
    }
    case 'edited':
      if (event.text === null) return still(said({ ...session, doing: null }, 'Left as it was.'));
      return withOffers(turned({ ...session, doing: null }, { do: 'edit', text: plain(event.text).trimEnd() }));
    case 'failed':
      return still({ ...session, doing: null, notice: { kind: 'failed', text: event.message } });
    case 'key': {
      const { key } = event;
      return onKey({ ...session, lastKey: key }, key, isHeld(key, session.lastKey));
    }
  }
}

function onKey(session: Session, key: Key, isHeld: boolean): Step {
  if (key.name === 'ctrl-c') return { session, effects: [{ do: 'leave' }] };
  if (session.typing !== null) return typing(session, session.typing, key);
  if (key.name === 'q') return { session, effects: [{ do: 'leave' }] };
  if (session.doing !== null) return still(session);
  const calm = { ...session, notice: null };
  return session.view === 'text' ? inText(calm, key.name, isHeld) : inTree(calm, key.name);
}

function inText(session: Session, name: string, isHeld: boolean): Step {
  const { writing } = session;
  const offers = offersAt(writing);
  if (/^[1-9]$/.test(name)) {
    const shown = offers[session.offerIndex];
    if (isHeld || !shown?.offer.texts[Number(name) - 1]) return still(session);
    return withOffers(turned(session, { do: 'take', offer: shown.number, choice: Number(name) }));
  }
  switch (name) {
    case 'm':
      return offering(session);
    case 't':
      return still({ ...session, typing: '' });
    case 'e':
      return {
        session: { ...session, doing: 'Editing…' },
        effects: [{ do: 'edit', text: textOf(nodeAt(writing).segments) }],
      };
    case 'b':
    case 'backspace':
      return back(session);
    case 'left':
      return still({ ...session, offerIndex: Math.max(0, session.offerIndex - 1) });
    case 'right':
      return still({ ...session, offerIndex: Math.max(0, Math.min(offers.length - 1, session.offerIndex + 1)) });
    case 'g': {
      const grain = GRAINS[(GRAINS.indexOf(writing.grain) + 1) % GRAINS.length]!;
      return turned(session, { do: 'set', grain });
    }
    case '+':
    case '=':
      return warmer(session, 1);
    case '-':
      return warmer(session, -1);
    case 'p':
      return turned(session, { do: 'set', sampling: nextNucleus(writing.sampling) });
    case 'w':
      return still({ ...session, view: 'tree', focus: writing.at });
    default:
      return still(session);
  }
}

/** The branch that one comes from stays. */
function back(session: Session): Step {
  const { parent } = nodeAt(session.writing);
  if (parent === null) return still(said(session, 'This is where it begins.'));
  return withOffers(turned(session, { do: 'go', node: parent }));
}

const WARMEST = 2;

function warmer(session: Session, tenths: 1 | -1): Step {
  const { sampling } = session.writing;
  const temperature = Math.min(WARMEST, Math.max(0, Math.round(sampling.temperature * 10 + tenths) / 10));
  return temperature === sampling.temperature
    ? still(session)
    : turned(session, { do: 'set', sampling: { ...sampling, temperature } });
}

const NUCLEI = [0.8, 0.9, 0.95, 1];

function nextNucleus(sampling: Drawing): Drawing {
  return { ...sampling, topP: NUCLEI.find((share) => share > sampling.topP) ?? NUCLEI[0]! };
}

function inTree(session: Session, name: string): Step {
  const { writing, focus } = session;
  const order = treeOrder(writing);
  const place = order.findIndex(({ id }) => id === focus);
  switch (name) {
    case 'up':
    case 'k':
      return still({ ...session, focus: order[Math.max(0, place - 1)]!.id });
    case 'down':
    case 'j':
      return still({ ...session, focus: order[Math.min(order.length - 1, place + 1)]!.id });
    case 'return':
    case 'enter': {
      const there = { ...session, view: 'text' } as const;
      return focus === writing.at ? withOffers(still(there)) : withOffers(turned(there, { do: 'go', node: focus }));
    }
    case 'c':
      return still({ ...session, view: session.view === 'compare' ? 'tree' : 'compare' });
    case 'escape':
    case 'w':
      return withOffers(still({ ...session, view: session.view === 'compare' ? 'tree' : 'text' }));
    default:
      return still(session);
  }
}

/** Every node with how many forks lie above it, as one reads it: each followed by what continues it. */
export function treeOrder(writing: Writing): { readonly id: number; readonly depth: number }[] {
  const order: { id: number; depth: number }[] = [];
  const waiting = [{ id: 0, depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    order.push(next);
    const children = childrenOf(writing, next.id);
    const depth = next.depth + (children.length > 1 ? 1 : 0);
    waiting.push(...children.map(({ id }) => ({ id, depth })).reverse());
  }
  return order;
}

function typing(session: Session, words: string, key: Key): Step {
  if (!isEnter(key)) return still({ ...session, typing: lineAfter(words, key) });
  if (words.trim() === '') return still({ ...session, typing: null });
  return typed({ ...session, typing: null, notice: null }, words);
}

function typed(session: Session, words: string): Step {
  try {
    const text = asContinuation(textOf(nodeAt(session.writing).segments), words);
    return withOffers(turned(session, { do: 'type', text }));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return still({ ...session, typing: words, notice: { kind: 'failed', text: error.message } });
  }
}

function turned(session: Session, turn: Turn): Step {
  const writing = after(session.writing, turn);
  const offerIndex = Math.max(0, offersAt(writing).length - 1);
  return { session: { ...session, writing, offerIndex, focus: writing.at }, effects: [{ do: 'log', turn }] };
}

/** With a call to the model where the current node has no continuations yet. */
function withOffers({ session, effects }: Step): Step {
  if (session.view !== 'text' || offersAt(session.writing).length > 0) return { session, effects };
  const next = offering(session);
  return { session: next.session, effects: [...effects, ...next.effects] };
}

function offering(session: Session): Step {
  return { session: { ...session, doing: 'Writing…' }, effects: [{ do: 'offer' }] };
}

const still = (session: Session): Step => ({ session, effects: [] });
const said = (session: Session, text: string): Session => ({ ...session, notice: { kind: 'said', text } });
