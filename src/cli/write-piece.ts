/** `eidolon write`: opens a piece and everything that writing needs, at a terminal or for a program. */
import { EventEmitter } from 'node:events';
import path from 'node:path';
import { startModelHost } from '../daemon/model-host.ts';
import { createLog } from '../log.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { openPiece, type PieceFlags } from './open-piece.ts';
import { openTerminal, refuseWithoutTerminal } from './terminal.ts';
import { withStore } from './with-store.ts';
import { type WriteEvents, writePiece } from './write-loop.ts';
import { writeTurns } from './write-turns.ts';

export interface WriteFlags extends PieceFlags {
  readonly json?: true;
}

export async function write(name: string, called: string | undefined, { json, ...flags }: WriteFlags): Promise<void> {
  if (!json) refuseWithoutTerminal('eidolon write', 'eidolon write PERSONA NAME --json, with a turn a line on stdin');
  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name));
    const now = () => new Date();
    const piece = openPiece({ home, persona, name: called, now: now() }, flags);
    const host = startModelHost(createLog({ level: 'silent' }));
    const desk = { home, store, persona, host, piece, now };
    try {
      if (json) await forProgram(desk);
      else await atTerminal(desk);
    } finally {
      piece.log.close();
      await host.close();
    }
    console.error(
      `${piece.name} is kept: eidolon write ${name} ${piece.name} goes on, eidolon write export ${name} ${piece.name} shows who wrote what`,
    );
  });
}

type Room = Omit<Parameters<typeof writePiece>[1], 'terminal'>;

async function forProgram(desk: Room): Promise<void> {
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort();
    process.stdin.destroy();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    await writeTurns(process.stdin, { ...desk, signal: stopping.signal });
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}

async function atTerminal(desk: Room): Promise<void> {
  const events: WriteEvents = new EventEmitter();
  const terminal = openTerminal({
    onKey: (key) => events.emit('event', { type: 'key', key }),
    onResize: () => events.emit('event', { type: 'redraw' }),
    onEnd: () => events.emit('event', { type: 'leave' }),
  });
  try {
    await writePiece(events, { ...desk, terminal });
  } finally {
    terminal.close();
  }
}
