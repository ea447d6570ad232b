/** `eidolon write`: opens a piece and everything that writing needs, at a terminal or for a program. */
import path from 'node:path';
import { startModelHost } from '../host/model-host.ts';
import { createLog } from '../log.ts';
import { deviceFile } from '../model/device-file.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { untilStopped } from './lines-of-turns.ts';
import { openPiece, type PieceFlags } from './open-piece.ts';
import { refuseWithoutTerminal } from './terminal.ts';
import { withStore } from './with-store.ts';
import { writePiece } from './write-loop.ts';
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
    const host = startModelHost(createLog({ level: 'silent' }), {
      device: persona.device,
      deviceFile: deviceFile(home),
    });
    const desk = { home, store, persona, host, piece, now };
    try {
      if (json) await untilStopped((signal) => writeTurns(process.stdin, { ...desk, signal }));
      else await writePiece(desk);
    } finally {
      piece.log.close();
      await host.close();
    }
    console.error(
      `${piece.name} is kept: eidolon write ${name} ${piece.name} goes on, eidolon write export ${name} ${piece.name} shows who wrote what`,
    );
  });
}
