/** Who talked with a persona in `eidolon chat`, and what was said. A conversation is with one person, so nobody's words are among another's. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Forgotten, Person, Talk, Words } from '../listening/people.ts';
import { forgetForGood } from '../store/forget-for-good.ts';
import type { Store } from '../store/store.ts';
import { lockTurnLog, turnLogNames } from '../store/turn-log.ts';
import { chatFile, chatsFolder } from './log.ts';
import { type Salvaged, salvageChat, UNREADABLE } from './salvage.ts';

/** Stands for the account where nobody is known by a network. */
export const CHAT = 'chat';
/** Whoever sits at the terminal and says no other name. */
export const OWNER = 'owner';

export interface ChatPerson extends Person {
  /** The newest conversation last. */
  readonly talks: readonly Talk[];
}

/** A name to talk by. @throws UserError where it is none, or the owner's. */
export function asName(typed: string): string {
  const name = typed.normalize('NFC').trim();
  if (!/^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._'’-]{0,63}$/u.test(name)) {
    throw new UserError('expected a name of letters, digits, spaces and . _ - for who talks', {
      hint: 'eidolon chat PERSONA --as "Ann"',
    });
  }
  if (name.toLowerCase() !== OWNER) return name;
  throw new UserError(`expected a name for somebody else than you, found "${name}"`, {
    hint: 'Leave --as out: without it, its owner talks',
  });
}

/** Who spoke last comes first. `tell` hears of each line of a log that cannot be read: all but that is there. */
export function readChatPeople(
  home: string,
  persona?: string,
  tell: (notice: string) => void = () => {},
): readonly ChatPerson[] {
  const personas = persona === undefined ? foldersIn(path.join(home, 'data', 'chats')) : [persona];
  const people = personas.flatMap((name) => {
    const logs = turnLogNames(chatsFolder(home, name)).map((chat) => {
      const file = chatFile(home, name, chat);
      const log = salvageChat(file);
      for (const line of log.leftOut) tell(unread(file, line, log));
      return { chat, log };
    });
    const begun = logs.filter(({ log }) => log.state !== undefined);
    return [...Map.groupBy(begun, ({ log }) => log.state!.with ?? OWNER)].map(([who, own]) => personOf(name, who, own));
  });
  return people.toSorted((a, b) => (a.last < b.last ? 1 : -1));
}

function unread(file: string, line: number, { state }: Salvaged): string {
  return state
    ? `${file}:${line} cannot be read and is left out`
    : `${file}:${line} cannot be read, and with it who talked there: all of that conversation is left out`;
}

type NamedLog = { readonly chat: string; readonly log: Salvaged };

function personOf(persona: string, name: string, logs: readonly NamedLog[]): ChatPerson {
  const times = logs.flatMap(({ log }) => log.times).toSorted();
  const talks = logs.map(talkOf).toSorted((a, b) => ((a.said.at(-1)?.at ?? '') < (b.said.at(-1)?.at ?? '') ? -1 : 1));
  const said = talks.flatMap((talk) => talk.said);
  const spoke = said.filter(({ by }) => by === 'them').length;
  return {
    persona,
    account: CHAT,
    id: `${CHAT}:${name}`,
    name,
    first: times[0]!,
    last: times.at(-1)!,
    conversations: logs.length,
    spoke,
    answered: said.length - spoke,
    optedOut: false,
    talks,
  };
}

/** As it stands after corrections, each turn with when it was said. */
function talkOf({ chat, log: { state, turns, times } }: NamedLog): Talk {
  const when = times.filter((_, index) => ['say', 'pick', 'type'].includes(turns[index]!.do));
  const said = state!.said.map(({ by, text }, index): Words => {
    const isThere = text !== UNREADABLE;
    const note = isThere ? null : 'its line of the log cannot be read';
    return { by: by === 'me' ? 'persona' : 'them', text: isThere ? text : null, at: when[index]!, url: null, note };
  });
  return { conversation: chat, said };
}

/** The last turns of the newest of their conversations, oldest first; none where nothing was said. */
export function lastSaid(home: string, persona: string, who: string | null, count: number) {
  const person = readChatPeople(home, persona).find(({ name }) => name === (who ?? OWNER));
  const newest = person?.talks.findLast(({ said }) => said.length > 0)?.said ?? [];
  return newest.slice(-count).flatMap(({ by, text }) => {
    return text === null ? [] : [{ by: by === 'them' ? ('another' as const) : ('me' as const), text }];
  });
}

/**
 * Takes their conversations away: the logs, and in the store what they said, what the model was given to read of it and what was offered and not
 * said. What the persona said is in decisions, which are never changed; it is learned no more. @throws UserError where one of them is open.
 */
export async function forgetChatPerson(
  store: Store,
  home: string,
  { persona, talks, spoke }: ChatPerson,
): Promise<Forgotten> {
  const names = talks.map(({ conversation }) => String(conversation));
  const locks: { release(): void }[] = [];
  try {
    for (const name of names) locks.push(lockTurnLog(chatFile(home, persona, name)));
    await forgetForGood(store, async (inside) => {
      for (const name of names) await forgetAnswers(inside, persona, name);
    });
    for (const name of names) {
      rmSync(chatFile(home, persona, name));
      for (const left of ['taught', 'kept']) {
        rmSync(path.join(chatsFolder(home, persona), `${name}.${left}`), { recursive: true, force: true });
      }
    }
  } finally {
    for (const lock of locks) lock.release();
  }
  return { posts: spoke, withdrawn: 0 };
}

async function forgetAnswers({ db }: Store, persona: string, chat: string): Promise<void> {
  const rows = await db
    .selectFrom('drafts')
    .select(['id', 'chat', 'candidate_id'])
    .where('persona', '=', persona)
    .where('chat', 'is not', null)
    .execute();
  for (const { id, candidate_id } of rows.filter((row) => row.chat?.split('/')[0] === chat)) {
    const rounds = await db.selectFrom('rounds').select(['id', 'request']).where('draft_id', '=', id).execute();
    for (const round of rounds) {
      const { context: _, ...request } = JSON.parse(round.request);
      await db
        .updateTable('rounds')
        .set({ request: JSON.stringify(request) })
        .where('id', '=', round.id)
        .execute();
    }
    await db
      .updateTable('candidates')
      .set({ text: '', raw_text: '', because: null })
      .where('draft_id', '=', id)
      .where('id', '<>', candidate_id ?? 0)
      .execute();
    // No conversation is called so: one that begins under the old name has nothing to do with it.
    await db
      .updateTable('drafts')
      .set({ chat: `(forgotten)/${id}`, context: null })
      .where('id', '=', id)
      .execute();
  }
}

function foldersIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}
