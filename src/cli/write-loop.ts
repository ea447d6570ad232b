/** Writing at the terminal: every turn is on disk before the next key is looked at. */
import { screen } from '../writing/screen.ts';
import { type Effect, type Event, type Session, start, step } from '../writing/session.ts';
import { editText } from './edit-text.ts';
import { type Desk, offerContinuations } from './offer-continuations.ts';
import type { Piece } from './open-piece.ts';
import { sitAtTerminal } from './sitting.ts';

export interface Room extends Omit<Desk, 'signal'> {
  readonly piece: Piece;
  readonly now: () => Date;
}

export async function writePiece({ piece, now, ...desk }: Room): Promise<void> {
  await sitAtTerminal<Session, Event, Effect>({
    first: start(piece.writing, piece.notice),
    step,
    perform(effect, { session, terminal, signal }) {
      switch (effect.do) {
        case 'leave':
          return 'leave';
        case 'log':
          piece.log.append(effect.turn, now());
          return 'done';
        case 'edit':
          return terminal.lend(() => editText(effect.text)).then((text) => ({ type: 'edited', text }));
        case 'offer':
          return offerContinuations({ ...desk, signal }, session.writing).then((offer) => ({ type: 'offered', offer }));
      }
    },
    screen: (session, size) => screen(session, { ...size, name: piece.name }),
  });
}
