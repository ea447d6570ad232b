import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
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
  const inOrder = new Intl.Collator('en', { numeric: true });
  return globSync('*.jsonl', { cwd: folderOf(home, persona) })
    .map((file) => path.basename(file, '.jsonl'))
    .sort(inOrder.compare);
}
