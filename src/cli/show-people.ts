/** `eidolon people`: others wrote what is shown here, so it is shown and never obeyed. */
import path from 'node:path';
import { styleText } from 'node:util';
import { type ChatPerson, forgetChatPerson, readChatPeople } from '../chat/people.ts';
import { UserError } from '../errors.ts';
import {
  type FoundWords,
  findWords,
  forgetPerson,
  type Person,
  peopleNamed,
  readPeople,
  saidIn,
  talksWith,
  type Words,
} from '../listening/people.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { fromNow, moment } from '../review/moment.ts';
import { printable } from '../review/printable.ts';
import type { Store } from '../store/store.ts';
import { indented, textWidth } from './draft-lines.ts';
import { withStore } from './with-store.ts';
import { zones } from './zones.ts';

interface Flags {
  readonly json?: true;
}

const clean = (text: string) => printable(text, { oneLine: true });
const times = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

export async function listPeople(persona: string | undefined, { json }: Flags): Promise<void> {
  await withStore(async (store, home) => {
    if (persona !== undefined) loadPersona(path.join(home, 'personas', persona));
    const people = await everybody(store, home, persona);
    if (json) return console.log(JSON.stringify(people.map(withoutTalks), null, 2));
    if (people.length === 0) return console.log('Nobody has spoken to it yet.');
    const now = new Date();
    for (const one of people) {
      const talks = `${times(one.spoke, 'talks' in one ? 'turn' : 'post')} in ${times(one.conversations, 'conversation')}, ${one.answered} answered`;
      const asked = one.optedOut ? ', asked not to be answered' : '';
      console.log(`${styleText('bold', clean(one.name))}  to ${one.persona}, last ${fromNow(one.last, now)}`);
      console.log(styleText('dim', `  ${talks}${asked}  ${clean(one.account)}`));
    }
  });
}

export async function showPerson(persona: string, name: string, { json }: Flags): Promise<void> {
  await withStore(async (store, home) => {
    const people = await named(store, home, persona, name);
    const all = await Promise.all(
      people.map(async (one) => ('talks' in one ? one : { ...one, talks: await talksWith(store, one) })),
    );
    if (json) return console.log(JSON.stringify(all, null, 2));
    const zone = zones(home)(persona);
    for (const { talks, ...person } of all) {
      console.log(styleText('bold', `${clean(person.name)} and ${persona}`));
      for (const { said } of talks) {
        console.log('');
        for (const one of said) tellWords(one, person, zone);
      }
    }
  });
}

export async function findInPeople(persona: string, words: string, { json }: Flags): Promise<void> {
  await withStore(async (store, home) => {
    loadPersona(path.join(home, 'personas', persona));
    const chats = readChatPeople(home, persona, console.error).flatMap((one): FoundWords[] => {
      return saidIn(one.talks, words).map((said) => ({ ...said, person: withoutTalks(one) }));
    });
    const found = [...(await findWords(store, words, persona)), ...chats].toSorted((a, b) => (a.at < b.at ? 1 : -1));
    if (json) return console.log(JSON.stringify(found, null, 2));
    if (found.length === 0) return console.log('Nobody said that.');
    const zone = zones(home)(persona);
    for (const one of found) tellWords(one, one.person, zone);
  });
}

export async function forget(persona: string, name: string, { json }: Flags): Promise<void> {
  await withStore(async (store, home) => {
    const people = await named(store, home, persona, name);
    if (people.length > 1) {
      throw new UserError(`Expected one person, found ${people.length} called ${JSON.stringify(name)}`, {
        hint: `Give the id: ${people.map(({ id }) => clean(id)).join(', ')}`,
      });
    }
    const [one] = people;
    const isChat = 'talks' in one!;
    const done = isChat ? await forgetChatPerson(store, home, one) : await forgetPerson(store, one!, new Date());
    if (json) return console.log(JSON.stringify({ persona, ...done }));
    if (isChat) return console.log(`${times(done.posts, 'turn')} forgotten`);
    console.log(
      `${times(done.posts, 'post')} forgotten, ${times(done.withdrawn, 'reply').replace('replys', 'replies')} withdrawn`,
    );
  });
}

/** Known by a network, or by conversations in `eidolon chat`; who spoke last comes first. */
async function everybody(store: Store, home: string, persona?: string): Promise<readonly (Person | ChatPerson)[]> {
  const people = [...(await readPeople(store, persona)), ...readChatPeople(home, persona, console.error)];
  return people.toSorted((a, b) => (a.last < b.last ? 1 : -1));
}

function withoutTalks(one: Person | ChatPerson): Person {
  if (!('talks' in one)) return one;
  const { talks: _, ...person } = one;
  return person;
}

async function named(
  store: Store,
  home: string,
  persona: string,
  name: string,
): Promise<readonly (Person | ChatPerson)[]> {
  loadPersona(path.join(home, 'personas', persona));
  const people = peopleNamed(await everybody(store, home, persona), name);
  if (people.length > 0) return people;
  throw new UserError(`Expected somebody who spoke to ${persona}, found ${JSON.stringify(name)}`, {
    hint: `See: eidolon people ${persona}`,
  });
}

function tellWords({ by, text, at, url, note }: Words, person: Person, zone: string): void {
  const who = by === 'them' ? styleText('cyan', clean(person.name)) : styleText('bold', person.persona);
  const where = [moment(at, new Date(), zone), url ?? '', note ?? ''].filter((part) => part !== '').map(clean);
  console.log(`${who}  ${styleText('dim', where.join(' · '))}`);
  for (const line of text === null ? [styleText('dim', '  (not kept)')] : indented(text, textWidth()))
    console.log(line);
}
