/** Between the keyboard, the pure session and the store: takes events one by one until the owner leaves. */
import { type EventEmitter, on } from 'node:events';
import { openSchool } from '../learning/selector/teach.ts';
import { answeredBy } from '../listening/answered-by.ts';
import { draftsForOwner } from '../queue/draft.ts';
import { screen } from '../review/screen.ts';
import { type Event, START, step } from '../review/session.ts';
import type { Said } from '../review/thread-lines.ts';
import { type Desk, perform } from './review-effects.ts';
import type { Terminal } from './terminal.ts';
import { zones } from './zones.ts';

export type ShellEvent =
  | Event
  | { readonly type: 'refresh' }
  | { readonly type: 'redraw' }
  | { readonly type: 'leave' };
export type ShellEvents = EventEmitter<{ event: [ShellEvent]; error: [unknown] }>;

export interface Room extends Omit<Desk, 'signal' | 'lend' | 'teach'> {
  readonly terminal: Terminal;
  /** Only the drafts of this one. */
  readonly persona: string | undefined;
}

export async function reviewDrafts(events: ShellEvents, { terminal, persona, ...room }: Room): Promise<void> {
  const incoming = on(events, 'event');
  const leaving = new AbortController();
  const teach = openSchool(room.store, room.home);
  const desk: Desk = { ...room, teach, lend: terminal.lend, signal: leaving.signal };
  const zoneOf = zones(room.home);
  let threads: ReadonlyMap<number, readonly Said[]> = new Map();
  const pending = async (): Promise<Event> => {
    const drafts = await draftsForOwner(room.store, persona);
    const replies = drafts.filter(({ kind }) => kind === 'reply').map(({ id }) => id);
    threads = new Map([...(await answeredBy(room.store, replies))].map(([id, { thread }]) => [id, thread]));
    return { type: 'loaded', drafts };
  };

  let { session } = step(START, await pending());
  let deed = Promise.resolve();
  const draw = () => {
    const { columns, rows } = terminal;
    terminal.draw(screen(session, { columns, rows, now: room.now(), zoneOf, threads }));
  };

  draw();
  try {
    for await (const [event] of incoming as AsyncIterable<[ShellEvent]>) {
      if (event.type === 'leave') return;
      if (event.type === 'refresh') session = step(session, await pending()).session;
      else if (event.type !== 'redraw') {
        const next = step(session, event);
        session = next.session;
        if (next.effect?.do === 'leave') return;
        if (next.effect) deed = report(events, perform(next.effect, desk), pending);
      }
      draw();
    }
  } finally {
    leaving.abort();
    await deed; // a decision that has begun is stored before the store is closed
  }
}

/** Tells the session how the store stands now and then what was done; a bug ends the review. */
async function report(events: ShellEvents, outcome: Promise<Event>, pending: () => Promise<Event>): Promise<void> {
  try {
    const done = await outcome;
    events.emit('event', await pending());
    events.emit('event', done);
  } catch (error) {
    events.emit('error', error);
  }
}
