/** Opens a conversation to be gone on with, or begins one. */
import { begun, type Conversation } from '../chat/conversation.ts';
import { chatFile, chatsFolder, type OpenChatLog, openChat } from '../chat/log.ts';
import type { Begin } from '../chat/turn.ts';
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
}

export interface WhichChat {
  readonly home: string;
  readonly persona: string;
  /** A new one where it is left out. */
  readonly name?: string | undefined;
  readonly now: Date;
}

const USUAL_COUNT = 5;

export function openChatWith({ home, persona, name, now }: WhichChat, { seed, count }: BeginningFlags): OpenedChat {
  const called = name ?? freeTurnLogName(chatsFolder(home, persona), 'chat');
  const log = openChat(chatFile(home, persona, called));
  try {
    if (log.state) return { name: called, log, talk: log.state, notice: noticeOf(log) };
    const beginning: Begin = {
      do: 'begin',
      version: 1,
      persona,
      seed: seed ?? Math.floor(Math.random() * 2 ** 31),
      count: count ?? USUAL_COUNT,
    };
    log.append(beginning, now);
    return { name: called, log, talk: begun(beginning), notice: noticeOf(log) };
  } catch (error) {
    log.close();
    throw error;
  }
}
