/**
 * What happened, turn by turn, in one file: a line for each, only ever appended to, each with the hash of the line before it. So what a
 * crash leaves unfinished is the last line alone, and a line that was changed afterwards shows. Knows not what the turns mean.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  globSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { holderOf, takeExclusiveLock } from './exclusive-lock.ts';

/** What the turns of one kind of log fold into. */
export interface TurnLogKind<Turn, State> {
  /** As in "the beginning of a piece". */
  readonly noun: string;
  readonly turn: z.ZodType<Turn>;
  /** Undefined where such a turn begins nothing. */
  readonly begin: (turn: Turn) => State | undefined;
  /** @throws UserError where the turn cannot follow. */
  readonly after: (state: State, turn: Turn) => State;
}

export interface TurnLog<Turn, State> {
  /** Undefined where nothing has begun. */
  readonly state: State | undefined;
  readonly turns: readonly Turn[];
  /** When each of them was written. */
  readonly times: readonly string[];
  /** Of a last line that was cut off. */
  readonly bytesLost: number;
  /** The first line, from 1 on, that does not follow from the one before it: the log was changed by another hand. */
  readonly changedAt: number | undefined;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,63}$/u;

/** @throws UserError where `name` is none for a file. */
export function turnLogFile(folder: string, name: string, what: string): string {
  if (NAME.test(name)) return path.join(folder, `${name}.jsonl`);
  throw new UserError(`expected a name of letters, digits, - and _ for ${what}, found "${name}"`);
}

/** Names of the logs in a folder, in the order of their numbers. */
export function turnLogNames(folder: string): string[] {
  const inOrder = new Intl.Collator('en', { numeric: true });
  return globSync('*.jsonl', { cwd: folder })
    .map((file) => path.basename(file, '.jsonl'))
    .sort(inOrder.compare);
}

/** `stem-1` and so on: the first that is not there. */
export function freeTurnLogName(folder: string, stem: string): string {
  const names = new Set(turnLogNames(folder));
  for (let number = 1; ; number++) if (!names.has(`${stem}-${number}`)) return `${stem}-${number}`;
}

/** @throws UserError, naming file and line, where a line is no turn or cannot follow. */
export function readTurnLog<Turn extends { readonly do: string }, State>(
  file: string,
  kind: TurnLogKind<Turn, State>,
): TurnLog<Turn, State> {
  const lineSchema = schemaOfLine(kind);
  const { lines, bytesLost } = wholeLines(file);
  const turns: Turn[] = [];
  const times: string[] = [];
  let state: State | undefined;
  let changedAt: number | undefined;
  for (const [index, line] of lines.entries()) {
    const place = `${file}:${index + 1}`;
    const read = parseLine(line, lineSchema, place);
    const expected = index === 0 ? '' : hashOf(lines[index - 1]!);
    if (read.after !== expected) changedAt ??= index + 1;
    state = following(state, read.turn, kind, place);
    turns.push(read.turn);
    times.push(read.at);
  }
  return { state, turns, times, bytesLost, changedAt };
}

/** Each line by itself, whether or not it follows; undefined where it is no turn. A last line that was cut off is none. */
export function readTurnLines<Turn, State>(
  file: string,
  kind: TurnLogKind<Turn, State>,
): readonly ({ readonly at: string; readonly turn: Turn } | undefined)[] {
  const lineSchema = schemaOfLine(kind);
  return wholeLines(file).lines.map((line, index) => {
    try {
      return parseLine(line, lineSchema, `${file}:${index + 1}`);
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  });
}

/** When it was written, and the hash of the line before it; '' in the first. */
function schemaOfLine<Turn, State>({ turn }: TurnLogKind<Turn, State>) {
  return z.strictObject({ at: z.iso.datetime(), after: z.string(), turn });
}

function wholeLines(file: string): { readonly lines: readonly string[]; readonly bytesLost: number } {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  return { lines: whole.toString('utf8').split('\n').slice(0, -1), bytesLost: bytes.length - whole.length };
}

function parseLine<Line>(line: string, schema: z.ZodType<Line>, place: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new UserError(`${place}: expected a turn as JSON, found something else`, { hint: RESTORE, cause });
  }
  const { data, error } = schema.safeParse(value);
  if (data) return data;
  const where = error?.issues[0]?.path.join('.') ?? '';
  throw new UserError(`${place}: expected a turn, found something odd${where && ` in ${where}`}`, { hint: RESTORE });
}

const RESTORE = 'Restore the file, or delete the lines from there on to go on from before them';

function following<Turn extends { readonly do: string }, State>(
  state: State | undefined,
  turn: Turn,
  { noun, begin, after }: TurnLogKind<Turn, State>,
  place: string,
): State {
  try {
    const next = state === undefined ? begin(turn) : after(state, turn);
    if (next !== undefined) return next;
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError(`${place}: ${cause.message}`, { hint: RESTORE, cause });
  }
  throw new UserError(`${place}: expected the beginning of a ${noun}, found "${turn.do}"`, { hint: RESTORE });
}

function hashOf(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}

export interface OpenTurnLog<Turn, State> extends TurnLog<Turn, State> {
  /** On disk when it returns. */
  append(turn: Turn, now: Date): void;
  close(): void;
}

/** Nobody writes it until it is released. @throws UserError where another process does. */
export function lockTurnLog(file: string): { release(): void } {
  const lock = takeExclusiveLock(`${file}.lock`);
  if (lock) return lock;
  throw new UserError(`${file} is being written by process ${holderOf(`${file}.lock`) ?? '(just begun)'}`, {
    hint: 'Leave it there first',
  });
}

/** Opens the log to be continued; a last line that was cut off goes. @throws UserError where another process writes it. */
export function openTurnLog<Turn extends { readonly do: string }, State>(
  file: string,
  kind: TurnLogKind<Turn, State>,
): OpenTurnLog<Turn, State> {
  mkdirSync(path.dirname(file), { recursive: true });
  const lock = lockTurnLog(file);
  try {
    const log = readTurnLog(file, kind);
    const descriptor = openSync(file, 'a', 0o600);
    if (log.bytesLost > 0) ftruncateSync(descriptor, readFileSync(file).lastIndexOf(0x0a) + 1);
    let last = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
    return {
      ...log,
      append(turn, now) {
        const line = JSON.stringify({ at: now.toISOString(), after: last === '' ? '' : hashOf(last), turn });
        writeFileSync(descriptor, `${line}\n`);
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

/** What the owner should know of a log that goes on; null: nothing. */
export function noticeOf({
  bytesLost,
  changedAt,
}: Pick<TurnLog<never, never>, 'bytesLost' | 'changedAt'>): string | null {
  const notices = [
    ...(bytesLost > 0 ? ['The last turn was cut off in the log and is lost.'] : []),
    ...(changedAt === undefined
      ? []
      : [`Line ${changedAt} of the log does not follow from the one before it: it was changed.`]),
  ];
  return notices.length > 0 ? notices.join(' ') : null;
}
