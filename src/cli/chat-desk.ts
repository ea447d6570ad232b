/** What a conversation asks for, whoever sits there: replies, and that something is learned. One thing at a time. */
import type { Conversation } from '../chat/conversation.ts';
import type { Lesson } from '../chat/session.ts';
import type { Offer } from '../chat/turn.ts';
import type { ModelHost } from '../daemon/host-calls.ts';
import { modelOf } from '../learning/model-of.ts';
import type { Persona } from '../persona/persona.ts';
import type { Store } from '../store/store.ts';
import { offerReplies } from './offer-replies.ts';

export interface ChatRoom {
  readonly home: string;
  readonly store: Store;
  readonly persona: Persona;
  readonly host: ModelHost;
}

export interface ChatDesk {
  offer(talk: Conversation, signal?: AbortSignal): Promise<Offer>;
  /** What the owner made of turn `turn`. */
  learn(talk: Conversation, turn: number, signal?: AbortSignal): Promise<Lesson | null>;
}

export function openChatDesk({ home, store, persona, host }: ChatRoom): ChatDesk {
  return {
    async offer(talk, signal) {
      const { name, folder } = await modelOf(home, store, persona);
      return offerReplies({ persona, host, signal }, talk, { name, folder, lessons: 0 });
    },
    learn: async () => null,
  };
}
