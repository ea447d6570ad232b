import { existsSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { turnLogNames } from '../store/turn-log.ts';
import { folderOf, readLog, type WritingLog, writingFile } from '../writing/log.ts';
import type { Writing } from '../writing/writing.ts';

/** @throws UserError, with the pieces that there are, where there is none of this name. */
export function readPiece(home: string, persona: string, name: string): WritingLog & { readonly writing: Writing } {
  const file = writingFile(home, persona, name);
  const log = existsSync(file) ? readLog(file) : undefined;
  if (log?.state) return { ...log, writing: log.state };
  const names = pieceNames(home, persona);
  throw new UserError(
    `expected a piece of ${persona}'s called "${name}", found ${names.length > 0 ? names.join(', ') : 'none'}`,
    { hint: `Begin one: eidolon write ${persona} ${name}` },
  );
}

export function pieceNames(home: string, persona: string): string[] {
  return turnLogNames(folderOf(home, persona));
}
