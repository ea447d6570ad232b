/** `eidolon chat`: opens a conversation and everything that it needs, at a terminal or for a program. */
import path from 'node:path';
import { startModelHost } from '../daemon/model-host.ts';
import { createLog } from '../log.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { openChatDesk } from './chat-desk.ts';
import { chatAtTerminal } from './chat-loop.ts';
import { chatByLines } from './chat-turns.ts';
import { untilStopped } from './lines-of-turns.ts';
import { type BeginningFlags, openChatWith } from './open-chat.ts';
import { refuseWithoutTerminal } from './terminal.ts';
import { withStore } from './with-store.ts';

export interface ChatFlags extends BeginningFlags {
  readonly json?: true;
}

export async function chatWith(name: string, called: string | undefined, { json, ...flags }: ChatFlags): Promise<void> {
  if (!json) refuseWithoutTerminal('eidolon chat', 'eidolon chat PERSONA NAME --json, with a turn a line on stdin');
  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name));
    const now = () => new Date();
    const chat = openChatWith({ home, persona: persona.name, name: called, now: now() }, flags);
    const host = startModelHost(createLog({ level: 'silent' }));
    try {
      const desk = await openChatDesk({ home, store, persona, host, name: chat.name, now }, chat.talk);
      try {
        if (json) await untilStopped((signal) => chatByLines(process.stdin, { chat, desk, now, signal }));
        else await chatAtTerminal({ chat, desk, now });
      } finally {
        await desk.close();
      }
    } finally {
      chat.log.close();
      await host.close();
    }
    console.error(`${chat.name} is kept: eidolon chat ${name} ${chat.name} goes on`);
  });
}
