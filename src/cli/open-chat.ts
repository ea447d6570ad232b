/** Opens a conversation to be gone on with, or begins one. */
import { begun, type Conversation } from '../chat/conversation.ts';
import { chatFile, chatsFolder, type OpenChatLog, openChat } from '../chat/log.ts';
import { asName, lastSaid, OWNER } from '../chat/people.ts';
import type { Begin } from '../chat/turn.ts';
import { MOST_CONTEXT } from '../corpus/dialogue.ts';
import { UserError } from '../errors.ts';
import { freeTurnLogName, noticeOf } from '../store/turn-log.ts';

export interface OpenedChat {
  readonly name: string;
  readonly log: OpenChatLog;
  readonly talk: Conversation;
  /** What its owner should know. */
  readonly notice: string | null;
}

export interface BeginningFlags {
  readonly seed?: number | undefined;
  readonly count?: number | undefined;
  /** Who talks, where that is not the persona's owner. */
  readonly as?: string | undefined;
}

export interface WhichChat {
  readonly home: string;
  readonly persona: string;
  /** A new one where it is left out. */
  readonly name?: string | undefined;
  readonly now: Date;
  /** Whether a new one begins with what was said last with the same person. */
  readonly remember?: boolean;
}

const USUAL_COUNT = 5;

/** @throws UserError where it is another person's. */
export function openChatWith(
  { home, persona, name, now, remember = false }: WhichChat,
  { seed, count, as }: BeginningFlags,
): OpenedChat {
  const who = as === undefined ? null : asName(as);
  const called = name ?? freeTurnLogName(chatsFolder(home, persona), 'chat');
  const log = openChat(chatFile(home, persona, called));
  try {
    if (log.state && log.state.with !== who) throw anothers(called, log.state);
    if (log.state) return { name: called, log, talk: log.state, notice: noticeOf(log) };
    const remembered = remember ? lastSaid(home, persona, who, MOST_CONTEXT - 1) : [];
    const beginning: Begin = {
      do: 'begin',
      version: 1,
      persona,
      seed: seed ?? Math.floor(Math.random() * 2 ** 31),
      count: count ?? USUAL_COUNT,
      ...(who !== null && { with: who }),
      ...(remembered.length > 0 && { remembered }),
    };
    log.append(beginning, now);
    return { name: called, log, talk: begun(beginning), notice: noticeOf(log) };
  } catch (error) {
    log.close();
    throw error;
  }
}

function anothers(name: string, talk: Conversation): UserError {
  return new UserError(`${name} is a conversation with ${talk.with ?? OWNER}: one is with one person`, {
    hint:
      talk.with === null
        ? 'Leave --as out, or give it another name'
        : `Add --as "${talk.with}", or give it another name`,
  });
}
