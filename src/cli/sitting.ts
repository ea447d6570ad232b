/** Between a keyboard, a pure session and what it asks for: takes events one by one until the person leaves. */
import { EventEmitter, on } from 'node:events';
import { UserError, WorldError } from '../errors.ts';
import type { Key } from '../review/keys.ts';
import { openTerminal, type Terminal } from './terminal.ts';

export interface SittingStep<Session, Effect> {
  readonly session: Session;
  /** In this order. */
  readonly effects: readonly Effect[];
}

export type SittingEvent =
  | { readonly type: 'key'; readonly key: Key }
  | { readonly type: 'failed'; readonly message: string };

export interface Sitting<Session, Event, Effect> {
  readonly first: SittingStep<Session, Effect>;
  step(session: Session, event: Event | SittingEvent): SittingStep<Session, Effect>;
  /** Does it at once, or promises what comes of it; `leave` ends the sitting. What the person can mend is an event too. */
  perform(
    effect: Effect,
    at: { readonly session: Session; readonly terminal: Terminal; readonly signal: AbortSignal },
  ): Promise<Event> | 'done' | 'leave';
  /** Exactly as many lines as there are rows. */
  screen(session: Session, size: { readonly columns: number; readonly rows: number }): readonly string[];
}

type Shown<Event> = Event | SittingEvent | { readonly type: 'redraw' } | { readonly type: 'leave' };

/** The whole terminal is the session's until it is left; everything that was begun has ended when it returns. */
export async function sitAtTerminal<Session, Event extends { readonly type: string }, Effect>(
  sitting: Sitting<Session, Event, Effect>,
): Promise<void> {
  const events = new EventEmitter<{ event: [Shown<Event>]; error: [unknown] }>();
  const terminal = openTerminal({
    onKey: (key) => events.emit('event', { type: 'key', key }),
    onResize: () => events.emit('event', { type: 'redraw' }),
    onEnd: () => events.emit('event', { type: 'leave' }),
  });
  try {
    await sit(events, terminal, sitting);
  } finally {
    terminal.close();
  }
}

async function sit<Session, Event extends { readonly type: string }, Effect>(
  events: EventEmitter<{ event: [Shown<Event>]; error: [unknown] }>,
  terminal: Terminal,
  { first, step, perform, screen }: Sitting<Session, Event, Effect>,
): Promise<void> {
  const incoming = on(events, 'event');
  const leaving = new AbortController();
  const deeds = new Set<Promise<void>>();

  /** Returns whether to go on. */
  const take = ({ session, effects }: SittingStep<Session, Effect>): boolean => {
    for (const effect of effects) {
      const begun = perform(effect, { session, terminal, signal: leaving.signal });
      if (begun === 'leave') return false;
      if (begun === 'done') continue;
      const deed = begun.catch(asEvent).then(
        (event) => void (leaving.signal.aborted || events.emit('event', event)),
        (error) => void (leaving.signal.aborted || events.emit('error', error)),
      );
      deeds.add(deed);
      deed.finally(() => deeds.delete(deed));
    }
    return true;
  };

  let current = first;
  let isDue = false;
  /** Once for all keys that came together: a pasted novel is as many keys as it has letters. */
  const draw = () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      const { columns, rows } = terminal;
      if (!leaving.signal.aborted) terminal.draw(screen(current.session, { columns, rows }));
    });
  };
  draw();
  try {
    if (!take(current)) return;
    for await (const [event] of incoming as AsyncIterable<[Shown<Event>]>) {
      if (event.type === 'leave') return;
      if (event.type !== 'redraw') {
        current = step(current.session, event as Event | SittingEvent);
        if (!take(current)) return;
      }
      draw();
    }
  } finally {
    leaving.abort();
    await Promise.all(deeds);
  }
}

function asEvent(error: unknown): SittingEvent {
  if (error instanceof UserError) return { type: 'failed', message: withHint(error) };
  if (error instanceof WorldError) return { type: 'failed', message: error.message };
  throw error;
}

const withHint = ({ message, hint }: UserError) => (hint ? `${message}. ${hint}` : message);
