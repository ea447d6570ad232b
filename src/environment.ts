/** The only file that reads the process's environment: the home folder, secrets by the name of their variable, the editor, the log level. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { getEnvironmentData, setEnvironmentData, threadId } from 'node:worker_threads';
import { parse } from 'dotenv';
import { UserError } from './errors.ts';

/** The folder that holds personas/, models/ and data/. @throws UserError when EIDOLON_HOME names none. */
export function home(): string {
  const folder = path.resolve(process.env.EIDOLON_HOME ?? '.');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new UserError(`EIDOLON_HOME: expected a folder, found none at ${folder}`, {
    hint: 'Make the folder, or correct or unset the variable',
  });
}

/** Where programs of this user keep what is about no home of theirs in particular. */
export function stateFolder(): string {
  const { XDG_STATE_HOME: folder, LOCALAPPDATA: windows } = process.env;
  const base = folder && path.isAbsolute(folder) ? folder : windows || path.join(homedir(), '.local', 'state');
  return path.join(base, 'eidolon');
}

/**
 * What stands in the home folder's `.env`. It is not put into the process's own environment, which child processes inherit and
 * which Node writes into its reports of a crash.
 */
let ofFile: Readonly<Record<string, string>> = {};

/**
 * Reads the home folder's `.env`; a variable that the shell has set wins.
 * @throws UserError when the file is there and is not one of NAME=value lines.
 */
export function loadEnvironment(folder: string): void {
  refuseHeapSnapshots();
  const file = path.join(folder, '.env');
  const text = readEnvironment(file) ?? '';
  refuseStrayLines(file, text);
  ofFile = parse(text);
  withdrawSecrets(['HF_TOKEN']);
}

/** As the home folder's `.env` has it now, which may have changed since it was read; a variable of the shell wins. */
export function currentSecret(folder: string, name: string): string | undefined {
  return ofShell(name) ?? storedSecret(folder, name);
}

export function secret(name: string): string | undefined {
  return variable(name);
}

function variable(name: string): string | undefined {
  return ofShell(name) ?? ofFile[name];
}

const WITHDRAWN = 'secrets of the shell';

const withdrawn = () => (getEnvironmentData(WITHDRAWN) ?? {}) as Readonly<Record<string, string>>;

function ofShell(name: string): string | undefined {
  return process.env[name] ?? withdrawn()[name];
}

/**
 * Takes secrets that the shell set out of the process's environment, for this thread and those that it starts from now on: they
 * stay to be had here, and no child process inherits them.
 */
export function withdrawSecrets(names: Iterable<string>): void {
  const taken: Record<string, string> = {};
  for (const name of names) {
    const value = process.env[name];
    if (value === undefined) continue;
    taken[name] = value;
    delete process.env[name];
  }
  if (Object.keys(taken).length > 0) setEnvironmentData(WITHDRAWN, { ...withdrawn(), ...taken });
}

/** Each thread's own to say: Node's reports of crashes list the environment of the process otherwise. */
export function keepOutOfReports(): void {
  process.report.excludeEnv = true;
}

/** A heap snapshot is a file of all that is in memory, also of what was only read to be sent. */
function refuseHeapSnapshots(): void {
  const flags = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  const flag = flags.find((one) => /^--heapsnapshot[-_](?:signal=.|near[-_]heap[-_]limit=[1-9])/.test(one));
  if (flag === undefined) return;
  throw new UserError(`${flag.split('=')[0]}: a heap snapshot would write the secrets of .env into a file`, {
    hint: 'Leave the flag out, of NODE_OPTIONS too',
  });
}

/**
 * Writes a variable into the home folder's `.env`, which is its owner's alone; this thread finds it there from now on. The other
 * lines stay as they are; whole and on the disk when this returns, or not at all.
 */
export function keepSecret(folder: string, name: string, value: string): void {
  if (/[\r\n']/.test(value)) throw new Error(`A value for ${name} that .env cannot hold`);
  writeSecret(folder, name, value);
  ofFile = { ...ofFile, [name]: value };
}

/** Takes a variable out of the home folder's `.env`; the other lines stay as they are. */
export function dropSecret(folder: string, name: string): void {
  if (storedSecret(folder, name) === undefined) return;
  writeSecret(folder, name, null);
  const { [name]: _, ...others } = ofFile;
  ofFile = others;
}

/** Null: it is taken out. */
function writeSecret(folder: string, name: string, value: string | null): void {
  const file = path.join(folder, '.env');
  const lines = (readEnvironment(file) ?? '').split(/\r?\n/);
  while (lines.at(-1) === '') lines.pop();
  const line = value === null ? [] : [`${name}='${value}'`];
  const isOf = (text: string) => new RegExp(`^\\s*(?:export\\s+)?${name}\\s*[=:]`).test(text);
  const index = lines.findLastIndex(isOf);
  const kept = lines.flatMap((text, at) => (at === index ? line : isOf(text) ? [] : [text]));
  if (index === -1) kept.push(...line);
  const draft = `${file}.${process.pid}-${threadId}.new`;
  const descriptor = openSync(draft, 'w', 0o600);
  try {
    writeFileSync(descriptor, kept.map((text) => `${text}\n`).join(''));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, file);
  delete process.env[name]; // from now on the file has the newer one
  const { [name]: _, ...others } = withdrawn();
  setEnvironmentData(WITHDRAWN, others);
}

/** As it stands in the home folder's `.env` now, where another process may have kept a newer one. */
export function storedSecret(folder: string, name: string): string | undefined {
  return parse(readEnvironment(path.join(folder, '.env')) ?? '')[name];
}

/** For a process that works in the same home folder. */
export function environmentIn(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, EIDOLON_HOME: folder };
}

/** This environment with variables that it lacks; one that is set already stays as it is. */
export function setVariables(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv | 'set already' {
  if (Object.keys(variables).every((name) => process.env[name] !== undefined)) return 'set already';
  return { ...variables, ...process.env };
}

/** The Hugging Face hub that models are pulled from, without a slash at its end. @throws UserError when HF_ENDPOINT is no address. */
export function hubEndpoint(): string {
  const text = variable('HF_ENDPOINT') || 'https://huggingface.co';
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
  return variable('VISUAL') || variable('EDITOR') || (process.platform === 'win32' ? 'notepad' : 'vi');
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

/** @throws UserError when EIDOLON_LOG_LEVEL names no level. */
export function logLevel(): string {
  const level = variable('EIDOLON_LOG_LEVEL') ?? 'info';
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
