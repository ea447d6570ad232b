import { styleText } from 'node:util';
import { CommanderError } from 'commander';
import { UserError, WorldError } from '../errors.ts';

/** 0 done, 1 the operator can fix it, 2 wrong usage, 3 a bug. */
export function exitCodeOf(error: unknown): 0 | 1 | 2 | 3 {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return error instanceof UserError || error instanceof WorldError ? 1 : 3;
}

/** What an error has to say to whoever ran the command: a line and what to do; for a bug, its stack. */
export function explain(error: unknown): string {
  const label = styleText('red', 'error:', { stream: process.stderr });
  if (error instanceof UserError) return withHint(`${label} ${error.message}`, error.hint);
  if (error instanceof WorldError) {
    const usual = error.retryable ? 'It may pass: try again in a while' : undefined;
    return withHint(`${label} ${error.message}`, error.hint ?? usual);
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return withHint(`${label} this is a bug in eidolon\n${stack}`, 'Please report it, with the lines above');
}

function withHint(text: string, hint: string | undefined): string {
  return hint === undefined ? text : `${text}\n  ${hint}`;
}
