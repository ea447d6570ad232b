import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Turn } from '../../../src/corpus/document.ts';
import { holdSalon, type Salon, type SalonEnd, type SalonTurn } from '../../../src/daemon/composing/hold-salon.ts';
import { mayAnswerNow, sameNetwork, turnOnAccount } from '../../../src/daemon/composing/salon-drafts.ts';
import type { ModelHost } from '../../../src/host/host-calls.ts';
import { answeredBy } from '../../../src/listening/answered-by.ts';
import { catchUp } from '../../../src/listening/catch-up.ts';
import { optOutByName } from '../../../src/listening/opt-outs.ts';
import { nextMention } from '../../../src/listening/waiting.ts';
import type { Persona } from '../../../src/persona/persona.ts';
import { sayInSalon } from '../../../src/publishing/local.ts';
import { accountNetwork } from '../../../src/publishing/networks.ts';
import { createDraft } from '../../../src/queue/create-draft.ts';
import { getDraft } from '../../../src/queue/draft.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { draftOf } from '../../queue/prepared-drafts.ts';
import { composing, hostSaying, NOON, persona, texts } from '../composing.ts';

const MANY = texts(80, 60);
const rounds = MANY.map((text) => [text]);

/** Every text is likelier after the conversation by `relevance`. */
function host(relevance: number, said: readonly (readonly string[])[] = rounds) {
  const contexts: (readonly Turn[] | undefined)[] = [];
  const saying = hostSaying(...said);
  const one: ModelHost = {
    ...saying,
    generate: (call) => {
      contexts.push(call.context);
      return saying.generate(call);
    },
    score: async ({ texts, context }) => {
      const isHere = context && context.at(-1)?.text !== '…';
      const scores = texts.map(() => ({
        logProbabilities: Float32Array.of(isHere ? relevance - 2 : -2),
        hidden: new Float32Array(1),
      }));
      return { model: { name: 'toy', hash: '3f9a' }, scores };
    },
  };
  return { host: one, contexts };
}

async function held(salon: Omit<Salon, 'speakers'> & { names: readonly string[]; host: ModelHost }) {
  const store = openStore(':memory:');
  const speakers = salon.names.map((name) => composing(store, salon.host, { persona: persona({ name }) }));
  const turns: SalonTurn[] = [];
  const talk = holdSalon({ ...salon, speakers });
  let end: SalonEnd;
  for (;;) {
    const { value, done } = await talk.next();
    if (done) {
      end = value;
      break;
    }
    turns.push(value);
  }
  await store.close();
  return { turns, end };
}

test('they speak in turn, each answers the turn before, and hears its own words as its own', async () => {
  const { host: model, contexts } = host(0.5);

  const { turns, end } = await held({
    names: ['ada', 'bob', 'cleo'],
    host: model,
    opening: 'What is rain for?',
    most: 5,
    seed: 1,
  });

  assert.deepEqual(
    turns.map(({ persona, number, answers }) => [persona, number, answers]),
    [
      ['ada', 1, null],
      ['bob', 2, 1],
      ['cleo', 3, 2],
      ['ada', 4, 3],
      ['bob', 5, 4],
    ],
  );
  assert.equal(end.kind, 'enough');
  assert.deepEqual(contexts[2], [
    { by: 'me', text: 'What is rain for?' },
    { by: 'another', text: turns[1]!.text },
    { by: 'another', text: turns[2]!.text },
  ]);
});

test('without an opening the first one writes it, from one of its prompts', async () => {
  const { host: model, contexts } = host(0.5);

  const { turns } = await held({ names: ['ada', 'bob'], host: model, most: 2, seed: 1 });

  assert.equal(contexts[0], undefined);
  assert.equal(turns[0]?.text, MANY[0]);
  assert.notEqual(turns[0]?.chosen, null);
});

test('it ends where a turn says again what was said', async () => {
  const { host: model } = host(0.5, [[MANY[0]!], [MANY[1]!], [MANY[0]!]]);

  const { turns, end } = await held({
    names: ['ada', 'bob'],
    host: model,
    opening: 'What is rain for?',
    most: 9,
    seed: 1,
  });

  assert.deepEqual([turns.length, end.kind], [4, 'loop']);
});

test('it ends where two turns in a row have nothing to do with what they answer', async () => {
  const { turns, end } = await held({
    names: ['ada', 'bob'],
    host: host(-0.2).host,
    opening: 'What is rain for?',
    most: 9,
    seed: 1,
  });

  assert.deepEqual([turns.length, end.kind], [3, 'dull']);
});

test('who has nothing to say that passes the gates ends it, and is named', async () => {
  const { end } = await held({
    names: ['ada', 'bob'],
    host: host(0.5, [['No.']]).host,
    opening: 'What is rain for?',
    most: 9,
    seed: 1,
  });

  assert.deepEqual(end, { kind: 'speechless', persona: 'bob' });
});

test('an opening of any kind of text is answered or ends in a word, never in a crash', async () => {
  for (const opening of [
    '?',
    '> quoted\n\nand not',
    'x'.repeat(60_000),
    '\u0000\u202e\ud800',
    '雨は何のため？',
    '@ada @bob #tag',
  ]) {
    const { turns } = await held({ names: ['ada', 'bob'], host: host(0.5).host, opening, most: 3, seed: 1 });

    assert.ok(turns.length >= 1, opening.slice(0, 20));
  }
});

test('on the local network each turn has the one before as its parent', async () => {
  const store = openStore(':memory:');
  let inReplyTo: string | null = null;
  for (const [index, name] of ['ada', 'bob', 'ada'].entries()) {
    inReplyTo = await sayInSalon(store, { persona: name, text: `Turn ${index}.`, inReplyTo, now: NOON });
  }

  const thread = await accountNetwork({ home: '/nowhere', persona: persona(), store, now: () => NOON }).then(
    (network) => network.thread('3'),
  );

  assert.deepEqual(
    thread.map(({ text, inReplyTo, isOwn }) => [text, inReplyTo, isOwn]),
    [
      ['Turn 0.', null, true],
      ['Turn 1.', '1', false],
      ['Turn 2.', '2', true],
    ],
  );
});

const AMONG = ['ada', 'bob'];

async function postedBy(
  name: string,
  text: string,
  { store = openStore(':memory:'), inReplyTo = null as string | null } = {},
) {
  const url = await sayInSalon(store, { persona: name, text, inReplyTo, now: NOON });
  const id = await createDraft(store, draftOf([text]));
  return { store, url, posted: { ...(await getDraft(store, id)), persona: name, postId: url.split('/')[1]! } };
}

function bobIn(store: Store, changes: Partial<Persona['schedule']['replies']> = {}, saying = host(0.5).host) {
  const { schedule } = persona();
  const bob = persona({ name: 'bob', schedule: { ...schedule, replies: { ...schedule.replies, ...changes } } });
  return composing(store, saying, { persona: bob });
}

const repliesOf = async (store: Store) => {
  const rows = await store.db.selectFrom('drafts').select('id').where('kind', '=', 'reply').execute();
  return rows.length;
};

test('on accounts the next turn is a draft that waits for review, with the thread that it answers', async () => {
  const { store, posted } = await postedBy('ada', 'What is rain for?');
  const speaker = composing(store, host(0.5).host, { persona: persona({ name: 'bob' }) });

  const draft = await turnOnAccount(speaker, posted, AMONG);

  assert.deepEqual(
    [draft.persona, draft.kind, draft.status, draft.inReplyTo],
    ['bob', 'reply', 'pending', posted.postId],
  );
  const answered = (await answeredBy(store, [draft.id])).get(draft.id);
  assert.deepEqual([answered?.author, answered?.thread.map(({ text }) => text)], ['@ada', ['What is rain for?']]);
  await assert.rejects(turnOnAccount(speaker, posted, AMONG), /bob has answered that post already/);
});

test('what the daemon passed over as a bot is answered all the same, and the daemon answers it no second time', async () => {
  const { store, posted } = await postedBy('ada', '@bob What is rain for?');
  const bob = persona({ name: 'bob' });
  const network = await accountNetwork({ home: '/nowhere', persona: bob, store, now: () => NOON });
  const hearing = { store, persona: bob, network, account: 'local:bob', now: () => NOON };
  await catchUp(hearing);

  await turnOnAccount(composing(store, host(0.5).host, { persona: bob }), posted, AMONG);
  await catchUp(hearing);

  assert.equal(await nextMention(store, bob, NOON), null);
  const { count } = await store.db
    .selectFrom('drafts')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('persona', '=', 'bob')
    .executeTakeFirstOrThrow();
  assert.equal(Number(count), 1);
});

test('who asked not to be answered is answered by no salon either', async () => {
  const { store, posted } = await postedBy('ada', 'What is rain for?');
  await optOutByName(store, 'bob', '@ada', NOON);

  await assert.rejects(
    turnOnAccount(bobIn(store), posted, AMONG),
    /bob does not answer draft \d+, its author asked not to be answered/,
  );

  assert.equal(await repliesOf(store), 0);
});

test('a salon keeps within the replies of a thread, and within those to one account', async () => {
  const { store, url, posted } = await postedBy('ada', 'What is rain for?');
  const here = await postedBy('ada', 'And what of the snow in the mountains?', { store, inReplyTo: url });
  const saying = host(0.5).host;
  const elsewhere = await postedBy('ada', 'Nobody has ever seen a whale in a tree.', { store });
  const bob = (changes: Partial<Persona['schedule']['replies']>) => bobIn(store, changes, saying);
  await turnOnAccount(bob({}), posted, AMONG);

  const answers = turnOnAccount(bob({ perThread: 1 }), here.posted, AMONG);
  await assert.rejects(answers, /the conversation has 1 replies of it already/);
  const others = turnOnAccount(bob({ perPerson: 1 }), elsewhere.posted, AMONG);
  await assert.rejects(others, /its author was answered once in 24 hours/);

  assert.equal(await repliesOf(store), 1);
  await turnOnAccount(bob({ perThread: 2 }), here.posted, AMONG);
  assert.equal(await repliesOf(store), 2);
});

test('in a thread with somebody else no salon is held, and they are named', async () => {
  const { store, url } = await postedBy('kim', 'Who likes rain?');
  const { posted } = await postedBy('ada', 'Nobody does.', { store, inReplyTo: url });

  await assert.rejects(turnOnAccount(bobIn(store), posted, AMONG), /@kim takes part in the thread/);

  assert.equal(await repliesOf(store), 0);
  assert.equal(await nextMention(store, persona({ name: 'bob' }), NOON), null);
});

test('a salon writes no more replies an hour than a persona may, and none for one that answers nobody', async () => {
  const { store, posted } = await postedBy('ada', 'What is rain for?');
  const [one, many, none] = [1, 2, 0].map((perHour) => bobIn(store, { perHour }));
  const before = await mayAnswerNow(one!);
  await turnOnAccount(one!, posted, AMONG);

  const later = { ...one!, now: () => new Date(NOON.getTime() + 3_600_001) };
  const after = [await mayAnswerNow(one!), await mayAnswerNow(many!), await mayAnswerNow(later)];

  assert.deepEqual([before, ...after], [true, false, true, true]);
  await assert.rejects(mayAnswerNow(none!), /bob answers nobody/);
});

test('accounts that do not see each other are refused before anything is written', () => {
  const on = (account: Persona['account']) => persona({ account });
  const mastodon = (server: string) =>
    ({ ...persona().account, network: 'mastodon', server }) as unknown as Persona['account'];

  assert.throws(() => sameNetwork([on({ network: 'local' }), on(mastodon('https://a.example'))]), /one network/);
  assert.throws(
    () => sameNetwork([on(mastodon('https://a.example')), on(mastodon('https://b.example'))]),
    /found mastodon at/,
  );
  sameNetwork([on(mastodon('https://a.example')), on(mastodon('https://a.example'))]);
});
