/** Whether a reply ever holds the other's turn, of personas who have learned how the other's turn begins. */
import path from 'node:path';
import { replySkill } from '../../src/daemon/composing/reply-skills.ts';
import { anothersLine } from '../../src/generation/own-turn.ts';
import { startModelHost } from '../../src/host/model-host.ts';
import { createLog } from '../../src/log.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { randomFrom, shuffled } from '../../src/random.ts';
import { openStore } from '../../src/store/store.ts';
import { bookConversations } from '../salon/book-conversations.ts';
import { BOTH_VOICES, bothVoicesHome, contextOf } from '../salon/conversation-home.ts';

interface Asked {
  readonly folder: string;
  /** As `salon.ts` takes them. */
  readonly books: string;
  readonly replies: number;
}

/** As `eidolon chat` writes for one turn. */
const AT_ONCE = 12;
const SEED = 17;

const KNOWN = { ida: 'answers in conversations', [BOTH_VOICES]: 'then conversations as running text, both voices' };

/** Through the skill by which every reply is written, in chat, salon and on networks. */
export async function othersTurn({ folder, books, replies }: Asked): Promise<string> {
  bothVoicesHome(folder, books);
  const contexts = shuffled(
    bookConversations(books, 'test').flatMap((one) => one.turns.slice(1).map((_, at) => contextOf(one, at + 1))),
    randomFrom(SEED),
  );
  const store = openStore(':memory:');
  const host = startModelHost(createLog({ level: 'silent' }));
  const rows: string[] = [];
  for (const [name, learned] of Object.entries(KNOWN)) {
    const persona = loadPersona(path.join(folder, 'personas', name));
    const { sampling, length, allow } = persona;
    const counted = { written: 0, wentOn: 0, left: 0, hold: 0 };
    for (let round = 0; counted.written < replies; round++) {
      const context = contexts[round % contexts.length]!;
      const seed = SEED * 1_000_000 + round * AT_ONCE;
      const request = { prompt: '', context, count: AT_ONCE, seed, sampling, maxCharacters: length.max, allow };
      const asked = { store, persona, host, folder: path.join(folder, 'models', persona.model), request };
      for (const { text, written } of await replySkill('generate', asked).find(context)) {
        counted.written++;
        if (anothersLine(written!.text) !== undefined) counted.wentOn++;
        if (/[\p{L}\p{N}]/u.test(text)) counted.left++;
        if (anothersLine(text) !== undefined) counted.hold++;
      }
    }
    const { written, wentOn, left, hold } = counted;
    rows.push(`| ${[name, learned, written, wentOn, left, hold].join(' | ')} |`);
  }
  await host.close();
  await store.close();
  return [
    '| persona | has learned | replies written | went on as the other | have words of its own | hold the other’s turn |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
