/** Between the keyboard, the pure session, the log and the model: takes events one by one until the writer leaves. */
import { type EventEmitter, on } from 'node:events';
import { UserError, WorldError } from '../errors.ts';
import { screen } from '../writing/screen.ts';
import { type Effect, type Event, type Session, type Step, start, step } from '../writing/session.ts';
import { editText } from './edit-text.ts';
import { type Desk, offerContinuations } from './offer-continuations.ts';
import type { Piece } from './open-piece.ts';
import type { Terminal } from './terminal.ts';

export type WriteEvent = Event | { readonly type: 'redraw' } | { readonly type: 'leave' };
export type WriteEvents = EventEmitter<{ event: [WriteEvent]; error: [unknown] }>;

export interface Room extends Omit<Desk, 'signal'> {
  readonly piece: Piece;
  readonly terminal: Terminal;
  readonly now: () => Date;
}

/** Every turn is on disk before the next key is looked at. */
export async function writePiece(events: WriteEvents, { piece, terminal, now, ...desk }: Room): Promise<void> {
  const incoming = on(events, 'event');
  const leaving = new AbortController();
  const deeds = new Set<Promise<void>>();

  /** Returns whether to go on. */
  const take = ({ session, effects }: Step): boolean => {
    for (const effect of effects) {
      if (effect.do === 'leave') return false;
      if (effect.do === 'log') piece.log.append(effect.turn, now());
      else {
        const deed = perform(effect, session).then(
          (event) => void (leaving.signal.aborted || events.emit('event', event)),
          (error) => void (leaving.signal.aborted || events.emit('error', error)),
        );
        deeds.add(deed);
        deed.finally(() => deeds.delete(deed));
      }
    }
    return true;
  };
  const perform = async (effect: Exclude<Effect, { do: 'log' | 'leave' }>, session: Session): Promise<Event> => {
    try {
      if (effect.do === 'edit') return { type: 'edited', text: await terminal.lend(() => editText(effect.text)) };
      const offer = await offerContinuations({ ...desk, signal: leaving.signal }, session.writing);
      return { type: 'offered', offer };
    } catch (error) {
      if (error instanceof UserError) return { type: 'failed', message: withHint(error) };
      if (error instanceof WorldError) return { type: 'failed', message: error.message };
      throw error;
    }
  };

  let current = start(piece.writing, piece.notice);
  let isDue = false;
  /** Once for all keys that came together: a pasted novel is as many keys as it has letters. */
  const draw = () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      const { columns, rows } = terminal;
      if (!leaving.signal.aborted) terminal.draw(screen(current.session, { columns, rows, name: piece.name }));
    });
  };
  draw();
  try {
    if (!take(current)) return;
    for await (const [event] of incoming as AsyncIterable<[WriteEvent]>) {
      if (event.type === 'leave') return;
      if (event.type !== 'redraw') {
        current = step(current.session, event);
        if (!take(current)) return;
      }
      draw();
    }
  } finally {
    leaving.abort();
    await Promise.all(deeds);
  }
}

const withHint = ({ message, hint }: UserError) => (hint ? `${message}. ${hint}` : message);
