import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { replyNext } from '../../src/daemon/composing/compose-reply.ts';
import { catchUp } from '../../src/listening/catch-up.ts';
import { optOut } from '../../src/listening/opt-outs.ts';
import { findWords, forgetPerson, peopleNamed, readPeople, talksWith } from '../../src/listening/people.ts';
import type { ThreadPost } from '../../src/publishing/network.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { composing, hostSaying, persona, texts } from '../daemon/composing.ts';
import { ACCOUNT, heardOn, NOON, person, post } from './said.ts';

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});

const who = persona();
const REPLIES = texts(40, 60).map((text) => [text]);

async function hear(posts: readonly ThreadPost[], others: readonly ThreadPost[] = [], said = REPLIES, by = who) {
  const network = heardOn(posts, others);
  await catchUp({ store, persona: by, network, account: ACCOUNT, now: () => NOON });
  const host = hostSaying(...said);
  while ((await replyNext({ ...composing(store, host, { persona: by }), network })) !== null);
}

const wordsIn = async () => {
  const tables = ['mentions', 'rounds', 'candidates', 'drafts', 'conversations'] as const;
  return JSON.stringify(await Promise.all(tables.map((table) => store.db.selectFrom(table).selectAll().execute())));
};

const bobs = post('1', 'My parrot is called Xyzzy.', { author: person('bob') });
const eves = post('2', 'What of the rain, then?', { author: person('eve') });

test('who spoke is known by network and id, with how often and what came of it', async () => {
  await hear([bobs, eves, post('3', 'And does it talk?', { author: person('bob'), inReplyTo: '1' })]);

  const people = await readPeople(store);

  assert.deepEqual(
    people
      .map(({ name, spoke, conversations, answered, optedOut }) => [name, spoke, conversations, answered, optedOut])
      .toSorted(),
    [
      ['@bob', 2, 1, 0, false],
      ['@eve', 1, 1, 0, false],
    ],
  );
  assert.deepEqual(await readPeople(store, 'nobody'), []);
});

test('what was said with somebody is told by conversation, answers after what they answer', async () => {
  await hear([bobs, post('3', 'Another matter: is it late?', { author: person('bob') }), eves]);
  await approve(store, { draftId: 1, now: NOON, undoMs: 0 });
  const [bob] = peopleNamed(await readPeople(store), 'BOB');

  const talks = await talksWith(store, bob!);

  assert.deepEqual(
    talks.map(({ said }) => said.map(({ by, text, note }) => [by, by === 'them' ? text : note])),
    [
      [
        ['them', 'My parrot is called Xyzzy.'],
        ['persona', 'approved'],
      ],
      [['them', 'Another matter: is it late?']],
    ],
  );
});

test('words are found with who said them, whatever the case', async () => {
  await hear([bobs, eves]);

  const found = await findWords(store, 'XYZZY');

  assert.deepEqual(
    found.map(({ person, text }) => [person.name, text]),
    [['@bob', 'My parrot is called Xyzzy.']],
  );
  assert.deepEqual(await findWords(store, 'plugh'), []);
});

test('a name finds its person with or without its server; two of one name are two', () => {
  const one = (name: string, id: string) => ({ name, id }) as Parameters<typeof peopleNamed>[0][number];
  const people = [one('@bob@a.example', '1'), one('@bob@b.example', '2'), one('@bobby', '3')];

  assert.deepEqual(
    ['bob', '@BOB@a.example', 'bobby', '2', 'nobody'].map((name) => peopleNamed(people, name).map(({ id }) => id)),
    [['1', '2'], ['1'], ['3'], ['2'], []],
  );
});

test('who is forgotten is nowhere any more: not in posts, threads of others, what the model read, nor what was not posted', async () => {
  const answer = post('2', 'And what do you say to that?', { author: person('eve'), inReplyTo: '1' });
  await hear([bobs, answer], [], [['To you, xyzzy, I say nothing at all.'], ...REPLIES]);
  const bob = peopleNamed(await readPeople(store), '@bob')[0]!;
  assert.match(await wordsIn(), /parrot/);

  const done = await forgetPerson(store, bob, NOON);

  assert.deepEqual(done, { posts: 1, withdrawn: 1 });
  assert.doesNotMatch(await wordsIn(), /parrot|xyzzy|bob/i);
  assert.deepEqual(
    (await readPeople(store)).map(({ name }) => name),
    ['@eve'],
  );
  const { context } = JSON.parse(
    (await store.db.selectFrom('rounds').select('request').where('draft_id', '=', 2).executeTakeFirstOrThrow()).request,
  );
  assert.deepEqual(context, [{ by: 'another', text: 'And what do you say to that?' }]);
});

test('an answer that came to nothing is forgotten with whom it was to', async () => {
  await hear([bobs], [], [['No.']]);

  await forgetPerson(store, (await readPeople(store))[0]!, NOON);

  assert.doesNotMatch(await wordsIn(), /parrot|bob/i);
});

test('whoever is forgotten is not answered again for the same post, and who asked for silence keeps it', async () => {
  await hear([bobs, eves]);
  await optOut(store, { persona: 'ada', account: ACCOUNT, authorId: 'id of bob', authorName: '@bob' }, NOON);
  await forgetPerson(store, peopleNamed(await readPeople(store), 'bob')[0]!, NOON);
  await store.db.updateTable('listening').set({ cursor: null }).execute();

  await hear([bobs, post('9', 'Hello again, do you hear?', { author: person('bob') })]);

  const { count } = await store.db
    .selectFrom('drafts')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  assert.equal(Number(count), 2);
});

/** What the model was given to read before its newest answer. */
async function lastContext(): Promise<readonly unknown[]> {
  const { request } = await store.db
    .selectFrom('rounds')
    .select('request')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return JSON.parse(request).context.map(({ text }: { readonly text: string }) => text);
}

/** Answered, and posted. */
async function heardBefore(visibility: 'public' | 'direct'): Promise<string> {
  await hear([{ ...bobs, visibility }]);
  const text = 'It is a fine word, and a fine bird.';
  const posted = { status: 'published', text, published_at: NOON.toISOString() } as const;
  await store.db.updateTable('drafts').set(posted).execute();
  await store.db.updateTable('listening').set({ cursor: null }).execute();
  return text;
}

const REMEMBERS = persona({ replies: { ...persona().replies, remember: true } });
const later = (name: string) => post('7', 'Good day! What do you know of me?', { author: person(name) });

test('where the persona remembers, an answer reads what the same person and it said before; nobody else’s reads it', async () => {
  const answer = await heardBefore('public');

  await hear([bobs, later('bob'), { ...later('eve'), id: '8' }], [], REPLIES, REMEMBERS);

  const contexts = await store.db.selectFrom('rounds').select('request').orderBy('id').execute();
  assert.deepEqual(
    contexts.slice(1).map(({ request }) => JSON.parse(request).context.map(({ text }: { text: string }) => text)),
    [
      ['Good day! What do you know of me?'], // Eve, who was answered least, goes first
      ['My parrot is called Xyzzy.', answer, 'Good day! What do you know of me?'],
    ],
  );
});

test('it remembers nothing unless its persona.yaml says so, and never what was said to few', async () => {
  await heardBefore('public');
  await hear([bobs, later('bob')]);
  assert.deepEqual(await lastContext(), ['Good day! What do you know of me?']);

  store = openStore(':memory:');
  await heardBefore('direct');
  await hear([bobs, later('bob')], [], REPLIES, REMEMBERS);
  assert.deepEqual(await lastContext(), ['Good day! What do you know of me?']);
});

test('whoever speaks, in whatever order and threads, nobody is told what another said', async () => {
  const names = fc.constantFrom('bob', 'eve', 'kim');
  const talk = fc.array(fc.record({ name: names, answers: fc.nat() }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(talk, names, async (said, gone) => {
      store = openStore(':memory:');
      const posts = said.map(({ name, answers }, index) =>
        post(String(index), `Secret${index} of ${name}: what is number ${index}${'abcdefgh'[index]}?`, {
          author: person(name),
          inReplyTo: index === 0 ? null : String(answers % index),
        }),
      );
      await hear(posts);

      for (const one of await readPeople(store)) {
        const told = JSON.stringify(
          (await talksWith(store, one)).flatMap(({ said }) => said.filter(({ by }) => by === 'them')),
        );
        for (const other of ['bob', 'eve', 'kim'])
          if (one.name !== `@${other}`) assert.ok(!told.includes(`of ${other}`));
      }
      const [forgotten] = peopleNamed(await readPeople(store), gone);
      if (forgotten) await forgetPerson(store, forgotten, NOON);
      assert.ok(!(await wordsIn()).includes(`of ${gone}:`));
      await store.close();
    }),
    { numRuns: 25 },
  );
});
