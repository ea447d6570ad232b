/** `eidolon chat correct`: a turn of an earlier sitting is mended in place, and what learning sees with it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, asAnswer, asTurn, turnOf } from '../chat/conversation.ts';
import { chatFile, chatsFolder, openChat } from '../chat/log.ts';
import type { Turn } from '../chat/turn.ts';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { turnLogNames } from '../store/turn-log.ts';
import { editText } from './edit-text.ts';
import { openRecord } from './record-chat.ts';
import { withStore } from './with-store.ts';

export interface CorrectFlags {
  readonly text?: string;
  readonly json?: true;
}

export async function correctTurn(
  who: string,
  name: string,
  turn: number,
  { text: given, json }: CorrectFlags,
): Promise<void> {
  await withStore(async (store, home) => {
    const persona = loadPersona(path.join(home, 'personas', who));
    const file = chatFile(home, persona.name, name);
    if (!existsSync(file)) throw unknown(persona.name, name, turnLogNames(chatsFolder(home, persona.name)));
    const log = openChat(file);
    try {
      if (!log.state) throw unknown(persona.name, name, []);
      const { by, text: before } = turnOf(log.state, turn);
      const edited = given ?? (await inEditor(before));
      if (edited === null) throw new UserError(`Turn ${turn} is left as it was`);
      const correction: Turn = { do: 'correct', turn, text: by === 'me' ? asAnswer(edited) : asTurn(edited) };
      const now = () => new Date();
      const talk = after(log.state, correction);
      log.append(correction, now());
      const record = openRecord({ store, home, persona, name, now }, () => undefined);
      record.follow(talk);
      await record.close();
      const { text } = turnOf(talk, turn);
      console.log(
        json
          ? JSON.stringify({ name, turn, by, before, text })
          : `Turn ${turn} of ${name} is mended, and learned as it stands now`,
      );
    } finally {
      log.close();
    }
  });
}

function inEditor(text: string): Promise<string | null> {
  if (process.stdin.isTTY && process.stdout.isTTY) return editText(text);
  throw new UserError('eidolon chat correct expected --text or a terminal, found neither', {
    hint: 'eidolon chat correct PERSONA NAME TURN --text "…"',
  });
}

function unknown(persona: string, name: string, names: readonly string[]): UserError {
  const found = names.length > 0 ? names.join(', ') : 'none';
  return new UserError(`expected a conversation with ${persona} called "${name}", found ${found}`, {
    hint: `Begin one: eidolon chat ${persona} ${name}`,
  });
}
