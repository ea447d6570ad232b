/** The log of a piece of writing, in a file of its own under data/. */
import path from 'node:path';
import {
  type OpenTurnLog,
  openTurnLog,
  readTurnLog,
  type TurnLog,
  type TurnLogKind,
  turnLogFile,
} from '../store/turn-log.ts';
import { type Turn, turnSchema } from './turn.ts';
import { after, begun, type Writing } from './writing.ts';

export type WritingLog = TurnLog<Turn, Writing>;
export type OpenLog = OpenTurnLog<Turn, Writing>;

const PIECE: TurnLogKind<Turn, Writing> = {
  noun: 'piece',
  turn: turnSchema,
  begin: (turn) => (turn.do === 'begin' ? begun(turn) : undefined),
  after,
};

/** @throws UserError where `name` is none for a file. */
export function writingFile(home: string, persona: string, name: string): string {
  return turnLogFile(folderOf(home, persona), name, 'a piece of writing');
}

export function folderOf(home: string, persona: string): string {
  return path.join(home, 'data', 'writings', persona);
}

/** @throws UserError, naming file and line, where a line is no turn or cannot follow. */
export function readLog(file: string): WritingLog {
  return readTurnLog(file, PIECE);
}

/** @throws UserError where another process writes it. */
export function openLog(file: string): OpenLog {
  return openTurnLog(file, PIECE);
}
