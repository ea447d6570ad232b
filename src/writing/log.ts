/**
 * The log of a piece of writing: a line for each turn, only ever appended to, each with the hash of the line before it. So
 * what a crash leaves unfinished is the last line alone, and a line that was changed afterwards shows.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { UserError } from '../errors.ts';
import { holderOf, takeExclusiveLock } from '../store/exclusive-lock.ts';
import { lineSchema, type Turn } from './turn.ts';
import { after, begun, type Writing } from './writing.ts';

export interface WritingLog {
  /** Undefined where nothing has begun. */
  readonly writing: Writing | undefined;
  readonly turns: readonly Turn[];
  /** Of a last line that was cut off. */
  readonly bytesLost: number;
  /** The first line, from 1 on, that does not follow from the one before it: the log was changed by another hand. */
  readonly changedAt: number | undefined;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$/u;

/** @throws UserError where `name` is none for a file. */
export function writingFile(home: string, persona: string, name: string): string {
  if (NAME.test(name)) return path.join(folderOf(home, persona), `${name}.jsonl`);
  throw new UserError(`expected a name of letters, digits, - and _ for a piece of writing, found "${name}"`);
}

export function folderOf(home: string, persona: string): string {
  return path.join(home, 'data', 'writings', persona);
}

/** @throws UserError, naming file and line, where a line is no turn or cannot follow. */
export function readLog(file: string): WritingLog {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  const lines = whole.toString('utf8').split('\n').slice(0, -1);
  const turns: Turn[] = [];
  let writing: Writing | undefined;
  let changedAt: number | undefined;
  for (const [index, line] of lines.entries()) {
    const read = parseLine(line, `${file}:${index + 1}`);
    const expected = index === 0 ? '' : hashOf(lines[index - 1]!);
    if (read.after !== expected) changedAt ??= index + 1;
    writing = following(writing, read.turn, `${file}:${index + 1}`);
    turns.push(read.turn);
  }
  return { writing, turns, bytesLost: bytes.length - whole.length, changedAt };
}

function parseLine(line: string, place: string): z.infer<typeof lineSchema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new UserError(`${place}: expected a turn as JSON, found something else`, { hint: RESTORE, cause });
  }
  const { data, error } = lineSchema.safeParse(value);
  if (data) return data;
  const where = error.issues[0]?.path.join('.') ?? '';
  throw new UserError(`${place}: expected a turn, found something odd${where && ` in ${where}`}`, { hint: RESTORE });
}

const RESTORE = 'Restore the file, or delete the lines from there on to go on from before them';

function following(writing: Writing | undefined, turn: Turn, place: string): Writing {
  if (!writing) {
    if (turn.do === 'begin') return begun(turn);
    throw new UserError(`${place}: expected the beginning of a piece, found "${turn.do}"`, { hint: RESTORE });
  }
  try {
    return after(writing, turn);
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError(`${place}: ${cause.message}`, { hint: RESTORE, cause });
  }
}

function hashOf(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}

export interface OpenLog extends WritingLog {
  /** On disk when it returns. */
  append(turn: Turn, now: Date): void;
  close(): void;
}

/** Opens the log to be continued; a last line that was cut off goes. @throws UserError where another process writes it. */
export function openLog(file: string): OpenLog {
  mkdirSync(path.dirname(file), { recursive: true });
  const lock = takeExclusiveLock(`${file}.lock`);
  if (!lock) {
    throw new UserError(`${file} is being written by process ${holderOf(`${file}.lock`)}`, {
      hint: 'Leave it there first',
    });
  }
  try {
    const log = readLog(file);
    const descriptor = openSync(file, 'a', 0o600);
    if (log.bytesLost > 0) ftruncateSync(descriptor, readFileSync(file).lastIndexOf(0x0a) + 1);
    let last = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
    return {
      ...log,
      append(turn, now) {
        const line = JSON.stringify({ at: now.toISOString(), after: last === '' ? '' : hashOf(last), turn });
        writeSync(descriptor, `${line}\n`);
        fsyncSync(descriptor);
        last = line;
      },
      close() {
        closeSync(descriptor);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
