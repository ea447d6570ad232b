/** `eidolon chat`: opens a conversation and everything that it needs, at a terminal or for a program. */
import path from 'node:path';
import { chatFile, readChat } from '../chat/log.ts';
import { startModelHost } from '../host/model-host.ts';
import { createLog } from '../log.ts';
import { deviceFile } from '../model/device-file.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { type ChatDesk, type ChatRoom, openChatDesk } from './chat-desk.ts';
import { chatAtTerminal } from './chat-loop.ts';
import { chatByLines } from './chat-turns.ts';
import { keepLessons, tellKept } from './keep-lessons.ts';
import { untilStopped } from './lines-of-turns.ts';
import { type BeginningFlags, type OpenedChat, openChatWith } from './open-chat.ts';
import { refuseWithoutTerminal } from './terminal.ts';
import { withStore } from './with-store.ts';

export interface ChatFlags extends BeginningFlags {
  readonly json?: true;
  /** What this sitting taught goes through the gate when it is left. */
  readonly keep?: true;
}

export async function chatWith(
  name: string,
  called: string | undefined,
  { json, keep, ...flags }: ChatFlags,
): Promise<void> {
  if (!json) refuseWithoutTerminal('eidolon chat', 'eidolon chat PERSONA NAME --json, with a turn a line on stdin');
  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', name));
    const now = () => new Date();
    const chat = openChatWith(
      { home, persona: persona.name, name: called, now: now(), remember: persona.replies.remember },
      flags,
    );
    const host = startModelHost(createLog({ level: 'silent' }), {
      device: persona.device,
      deviceFile: deviceFile(home),
    });
    try {
      const desk = await openChatDesk({ home, store, persona, host, name: chat.name, now }, chat.talk);
      try {
        if (json) await untilStopped((signal) => chatByLines(process.stdin, { chat, desk, now, signal }));
        else await chatAtTerminal({ chat, desk, now });
      } finally {
        await desk.close();
      }
      if (keep) await sendThroughGate({ home, store, persona, name: chat.name, now }, chat, desk, json ?? false);
    } finally {
      chat.log.close();
      await host.close();
    }
    console.error(`${chat.name} is kept: eidolon chat ${name} ${chat.name} goes on`);
  });
}

/** The log says whether it was let in. */
async function sendThroughGate(
  room: Omit<ChatRoom, 'host'>,
  { log, name }: OpenedChat,
  desk: ChatDesk,
  json: boolean,
): Promise<void> {
  const talk = readChat(chatFile(room.home, room.persona.name, name)).state!;
  const taught = desk.taught(talk);
  if (!json) console.error(`Sends what was taught through the gate: ${taught.length} turns`);
  const finished = await keepLessons(room, taught, talk.seed);
  log.append({ do: 'keep', adapter: finished.adapter, status: finished.status }, room.now());
  if (json) console.log(JSON.stringify({ kept: finished }));
  else await tellKept(finished, room);
}
