/** A conversation at the terminal: every turn is on disk before the next key is looked at. */
import { screen } from '../chat/screen.ts';
import { type Effect, type Event, type Session, start, step } from '../chat/session.ts';
import type { ChatDesk } from './chat-desk.ts';
import { editText } from './edit-text.ts';
import type { OpenedChat } from './open-chat.ts';
import { sitAtTerminal } from './sitting.ts';

export interface ChatSitting {
  readonly chat: OpenedChat;
  readonly desk: ChatDesk;
  readonly now: () => Date;
}

export async function chatAtTerminal({ chat, desk, now }: ChatSitting): Promise<void> {
  await sitAtTerminal<Session, Event, Effect>({
    first: start(chat.talk, chat.notice),
    step,
    perform(effect, { session, terminal, signal }) {
      switch (effect.do) {
        case 'leave':
          return 'leave';
        case 'log':
          chat.log.append(effect.turn, now());
          return 'done';
        case 'edit': {
          const { turn, text } = effect;
          return terminal.lend(() => editText(text)).then((edited) => ({ type: 'edited', turn, text: edited }));
        }
        case 'offer':
          return desk.offer(session.talk, signal).then((offer) => ({ type: 'offered', offer }));
        case 'learn':
          return desk.learn(session.talk, effect.turn, signal).then((lesson) => ({ type: 'learned', lesson }));
      }
    },
    screen: (session, size) => screen(session, { ...size, name: chat.name }),
  });
}
