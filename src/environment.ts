/** The only file that reads the process's environment: the home folder, secrets by the name of their variable, the editor, the log level. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse, populate } from 'dotenv';
import { UserError } from './errors.ts';

/** The folder that holds personas/, models/ and data/. @throws UserError when EIDOLON_HOME names none. */
export function home(): string {
  const folder = path.resolve(process.env.EIDOLON_HOME ?? '.');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new UserError(`EIDOLON_HOME: expected a folder, found none at ${folder}`, {
    hint: 'Make the folder, or correct or unset the variable',
  });
}

/**
 * Adds what stands in the home folder's `.env`; a variable that is already set wins.
 * @throws UserError when the file is there and is not one of NAME=value lines.
 */
export function loadEnvironment(folder: string): void {
  const file = path.join(folder, '.env');
  const text = readEnvironment(file);
  if (text === undefined) return;
  refuseStrayLines(file, text);
  populate(process.env, parse(text));
}

export function secret(name: string): string | undefined {
  return process.env[name];
}

/** The Hugging Face hub that models are pulled from, without a slash at its end. @throws UserError when HF_ENDPOINT is no address. */
export function hubEndpoint(): string {
  const text = process.env.HF_ENDPOINT || 'https://huggingface.co';
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === '') {
    return url.href.replace(/\/+$/, '');
  }
  throw new UserError('HF_ENDPOINT: expected the address of a hub, as https://huggingface.co, found something else', {
    hint: 'Set it in the shell or in .env, without a name and password, or leave it out',
  });
}

/** The command that opens a text in the owner's editor. */
export function editor(): string {
  return process.env.VISUAL || process.env.EDITOR || (process.platform === 'win32' ? 'notepad' : 'vi');
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

/** @throws UserError when EIDOLON_LOG_LEVEL names no level. */
export function logLevel(): string {
  const level = process.env.EIDOLON_LOG_LEVEL ?? 'info';
  if (LOG_LEVELS.includes(level)) return level;
  throw new UserError(`EIDOLON_LOG_LEVEL: expected ${LOG_LEVELS.join(', ')}, found "${level}"`, {
    hint: 'Set it in the shell or in .env, or leave it out',
  });
}

function readEnvironment(file: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new UserError(`${file}: expected a readable text file, found something else`, {
      hint: 'Make it a UTF-8 file of NAME=value lines that you can read, like .env.example',
      cause,
    });
  }
}

const ASSIGNMENT = /^\s*(?:export\s+)?[\w.-]+(?:\s*=\s*|:\s+)(.*)$/;

/** dotenv skips the lines it cannot read, and a token with a typo would just be missing. What was found is never quoted: it may be a secret. */
function refuseStrayLines(file: string, text: string): void {
  let openQuote = ''; // of a value that runs over several lines
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (openQuote !== '') {
      if (line.includes(openQuote)) openQuote = '';
      continue;
    }
    if (/^\s*(#|$)/.test(line)) continue;
    const value = ASSIGNMENT.exec(line)?.[1];
    if (value === undefined) {
      throw new UserError(`${file}:${index + 1}:1: expected NAME=value, found something else`, {
        hint: 'One variable a line; a line that begins with # is a comment',
      });
    }
    const quote = /^['"`]/.exec(value)?.[0];
    if (quote !== undefined && !value.slice(1).includes(quote)) openQuote = quote;
  }
}
