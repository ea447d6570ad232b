/** Opens a piece of writing to be continued, or begins one. */
import { UserError } from '../errors.ts';
import type { Persona } from '../persona/persona.ts';
import { freeTurnLogName, noticeOf } from '../store/turn-log.ts';
import { folderOf, type OpenLog, openLog, writingFile } from '../writing/log.ts';
import type { Begin, Grain } from '../writing/turn.ts';
import { begun, plain, type Writing } from '../writing/writing.ts';

export interface PieceFlags {
  readonly prompt?: string;
  readonly seed?: number;
  readonly count?: number;
  readonly grain?: Grain;
}

export interface Piece {
  readonly name: string;
  readonly log: OpenLog;
  readonly writing: Writing;
  /** What its writer should know. */
  readonly notice: string | null;
}

export function openPiece(
  {
    home,
    persona,
    name,
    now,
  }: { readonly home: string; readonly persona: Persona; readonly name?: string | undefined; readonly now: Date },
  flags: PieceFlags,
): Piece {
  const called = name ?? freeTurnLogName(folderOf(home, persona.name), 'piece');
  const log = openLog(writingFile(home, persona.name, called));
  try {
    const writing = log.state;
    if (!writing) {
      const beginning = beginningOf(persona, flags);
      log.append(beginning, now);
      return { name: called, log, writing: begun(beginning), notice: null };
    }
    if (flags.prompt !== undefined) {
      throw new UserError(`${called} has begun already: expected no --prompt`, {
        hint: `Go on without it, or give another name: eidolon write ${persona.name} NAME --prompt "…"`,
      });
    }
    return { name: called, log, writing, notice: noticeOf(log) };
  } catch (error) {
    log.close();
    throw error;
  }
}

function beginningOf(persona: Persona, { prompt = '', seed, count, grain = 'sentence' }: PieceFlags): Begin {
  const { maxTokens: _, ...sampling } = persona.sampling;
  return {
    do: 'begin',
    version: 1,
    persona: persona.name,
    prompt: plain(prompt).trimEnd(),
    seed: seed ?? Math.floor(Math.random() * 2 ** 31),
    count: count ?? USUAL_COUNT,
    grain,
    sampling,
  };
}

const USUAL_COUNT = 5;
