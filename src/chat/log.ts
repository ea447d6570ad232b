/** The log of a conversation with a persona, in a file of its own under data/. */
import path from 'node:path';
import {
  type OpenTurnLog,
  openTurnLog,
  readTurnLog,
  type TurnLog,
  type TurnLogKind,
  turnLogFile,
} from '../store/turn-log.ts';
import { after, begun, type Conversation } from './conversation.ts';
import { type Turn, turnSchema } from './turn.ts';

export type ChatLog = TurnLog<Turn, Conversation>;
export type OpenChatLog = OpenTurnLog<Turn, Conversation>;

export const CONVERSATION: TurnLogKind<Turn, Conversation> = {
  noun: 'conversation',
  turn: turnSchema,
  begin: (turn) => (turn.do === 'begin' ? begun(turn) : undefined),
  after,
};

/** @throws UserError where `name` is none for a file. */
export function chatFile(home: string, persona: string, name: string): string {
  return turnLogFile(chatsFolder(home, persona), name, 'a conversation');
}

export function chatsFolder(home: string, persona: string): string {
  return path.join(home, 'data', 'chats', persona);
}

/** @throws UserError, naming file and line, where a line is no turn or cannot follow. */
export function readChat(file: string): ChatLog {
  return readTurnLog(file, CONVERSATION);
}

/** @throws UserError where another process writes it. */
export function openChat(file: string): OpenChatLog {
  return openTurnLog(file, CONVERSATION);
}
