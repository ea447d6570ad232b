import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import fc from 'fast-check';
import type { Turn } from '../../../src/corpus/document.ts';
import { moreCandidates } from '../../../src/daemon/composing/compose-draft.ts';
import { type Replied, replyNext } from '../../../src/daemon/composing/compose-reply.ts';
import { WorldError } from '../../../src/errors.ts';
import type { GenerateCall, ModelHost } from '../../../src/host/host-calls.ts';
import { catchUp } from '../../../src/listening/catch-up.ts';
import { readKeptThread } from '../../../src/listening/kept-thread.ts';
import type { Persona } from '../../../src/persona/persona.ts';
import { AccountError, type Network, type ThreadPost } from '../../../src/publishing/network.ts';
import { getDraft, listDrafts } from '../../../src/queue/draft.ts';
import { approve, reject } from '../../../src/review/decide.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { ACCOUNT, heardOn, mentionsIn, NOON, ownPost, person, post } from '../../listening/said.ts';
import { wildPost } from '../../listening/wild.ts';
import { composing, GOOD, hostSaying, persona, texts } from '../composing.ts';

const BAD = ['No.'];
let store: Store;
let calls: GenerateCall[];
let clock: Date;
beforeEach(() => {
  store = openStore(':memory:');
  calls = [];
  clock = NOON;
});

/** Finds every text a little likelier after what it answers. */
function host(...rounds: readonly (readonly string[])[]): ModelHost {
  const saying = hostSaying(...(rounds.length > 0 ? rounds : [GOOD, ...texts(60, 90).map((text) => [text])]));
  return {
    ...saying,
    generate: (call) => {
      calls.push(call);
      return saying.generate(call);
    },
    score: async ({ texts, context }) => {
      const isHere = context && context.at(-1)?.text !== '…'; // what a persona without a corpus compares with
      const logProbabilities = Float32Array.of(isHere ? -1 : -1.5, isHere ? -2 : -2.5);
      return {
        model: { name: 'toy', hash: '3f9a' },
        scores: texts.map(() => ({ logProbabilities, hidden: new Float32Array(1) })),
      };
    },
  };
}

type Answering = Pick<Network, 'name' | 'mentions' | 'thread' | 'namesWhomItAnswers'>;

/** Listens, then answers as long as there is something to answer. */
async function answerAll(network: Answering, { who = persona(), model = host() } = {}): Promise<readonly Replied[]> {
  await catchUp({ store, persona: who, network, account: ACCOUNT, now: () => clock });
  const replies: Replied[] = [];
  for (;;) {
    const replied = await replyNext({ ...composing(store, model, { persona: who, now: () => clock }), network });
    if (replied === null) return replies;
    replies.push(replied);
  }
}

const replying = (changes: Partial<Persona['schedule']['replies']>) => {
  const { schedule } = persona();
  return persona({ schedule: { ...schedule, replies: { ...schedule.replies, perHour: 100, ...changes } } });
};

test('an answer is a draft like any other: with the thread before it, judged, and due at once', async () => {
  const thread = [post('1', '@ada What is hope?'), ownPost('2', 'A debt.', { inReplyTo: '1' })];
  const question = post('3', '@ada Whose?', { inReplyTo: '2', visibility: 'followers' });

  const [replied] = await answerAll(heardOn([question], thread));

  const [draft] = await listDrafts(store);
  assert.equal(replied?.kind, 'queued');
  assert.deepEqual(
    [draft?.kind, draft?.status, draft?.inReplyTo, draft?.dueAt],
    ['reply', 'pending', '3', NOON.toISOString()],
  );
  assert.deepEqual(
    calls.map(({ context, prompt }) => [context, prompt]),
    [
      [
        [
          { by: 'another', text: 'What is hope?' },
          { by: 'me', text: 'A debt.' },
          { by: 'another', text: 'Whose?' },
        ] satisfies Turn[],
        '',
      ],
    ],
  );
  assert.deepEqual(draft?.candidates.map(({ text }) => text).toSorted(), GOOD.toSorted());
  assert.deepEqual(
    draft?.candidates[0]?.features.find(({ name }) => name === 'relevance'),
    {
      name: 'relevance',
      value: 0.5,
      part: 1,
    },
  );
  const { audience } = await store.db.selectFrom('drafts').select('audience').executeTakeFirstOrThrow();
  assert.equal(audience, 'followers');
});

test('the thread is kept with the mention, for its owner to read', async () => {
  await answerAll(heardOn([post('3', 'Whose?', { inReplyTo: '2' })], [ownPost('2', 'A debt.')]));

  const { thread } = await store.db.selectFrom('mentions').select('thread').executeTakeFirstOrThrow();
  assert.deepEqual(
    readKeptThread(thread).map(({ author, text }) => [author, text]),
    [
      ['@ada', 'A debt.'],
      ['@bob', 'Whose?'],
    ],
  );
});

test('a mention is answered once, however often it is told', async () => {
  const network = heardOn([post('1', 'Hello there?'), post('1', 'Hello there?')]);

  await answerAll(network);
  await store.db.updateTable('listening').set({ cursor: null }).execute();
  await answerAll(network);

  assert.equal((await listDrafts(store)).length, 1);
});

test('a reply names the one it answers where it must, and no bystander, whatever the model and persona.yaml say', async () => {
  const network = { ...heardOn([post('1', '@ada @eve What says @kim?')]), namesWhomItAnswers: true as const };
  const allowed = persona({ allow: { mentions: ['@eve'], links: [], hashtags: [] } });
  const model = host(['Ask @eve and @kim@example.social, they know it well.']);

  await answerAll(network, { who: allowed, model });

  assert.deepEqual(
    (await listDrafts(store))[0]?.candidates.map(({ text }) => text),
    ['@bob Ask and, they know it well.'],
  );
});

test('what names it counts in the length', async () => {
  const network = { ...heardOn([post('1', 'Hello?')]), namesWhomItAnswers: true as const };

  await answerAll(network, { who: persona({ length: { min: 1, max: 40 } }) });

  assert.deepEqual([calls[0]?.maxCharacters, (await listDrafts(store)).length], [35, 0]);
});

test('so many replies an hour, and the rest wait for the next', async () => {
  const crowd = ['bob', 'eve', 'kim'].map((name) => post(name, 'Hello?', { author: person(name) }));

  await answerAll(heardOn(crowd), { who: replying({ perHour: 2 }) });
  assert.equal((await listDrafts(store)).length, 2);
  clock = new Date(NOON.getTime() + 3_600_000);
  await answerAll(heardOn(crowd), { who: replying({ perHour: 2 }), model: host(texts(1, 90, 5)) });

  assert.equal((await listDrafts(store)).length, 3);
});

test('a reply that was turned down does not count', async () => {
  const crowd = ['bob', 'eve'].map((name) => post(name, 'Hello?', { author: person(name) }));

  await answerAll(heardOn(crowd), { who: replying({ perHour: 1 }) });
  await reject(store, { draftId: 1, now: NOON });
  await answerAll(heardOn(crowd), { who: replying({ perHour: 1 }), model: host(texts(1, 90, 5)) });

  assert.equal((await listDrafts(store)).length, 2);
});

test('so many replies in a conversation, wherever in it one speaks', async () => {
  const words = ['Why is it so?', 'And what of rain?', 'Who told you?', 'When will it end?'];
  const thread = words.map((text, index) => {
    const author = person(['bob', 'eve', 'kim', 'lou'][index]!);
    return post(String(index), text, { author, inReplyTo: index === 0 ? null : String(index - 1) });
  });

  await answerAll(heardOn(thread), { who: replying({ perThread: 2 }) });

  assert.deepEqual(
    (await mentionsIn(store)).map(([, status]) => status),
    ['answered', 'answered', 'passed over', 'passed over'],
  );
});

test('so many replies to one person a day', async () => {
  const words = ['Why is it so?', 'And what of rain?', 'Who told you?'];
  const said = words.map((text, index) => post(String(index), text));

  await answerAll(heardOn(said), { who: replying({ perPerson: 2 }) });
  said.push(post('9', 'Are you there?'));
  clock = new Date(NOON.getTime() + 60_000);
  await answerAll(heardOn(said), { who: replying({ perPerson: 2 }) });

  assert.equal((await listDrafts(store)).length, 2);
  assert.match(String((await mentionsIn(store)).at(-1)?.[2]), /answered 2 times in 24 hours/);
});

test('two bots that do not say so end by what they say, and by how often', async () => {
  const said: ThreadPost[] = [];
  let parent: string | null = null;
  const talk = (text: string) => {
    const mine = parent === null ? null : `own ${parent}`;
    const others = said.length > 0 ? [ownPost(mine!, `Reply to ${parent}`, { inReplyTo: parent })] : [];
    const id = String(said.length + 1);
    said.push(post(id, text, { inReplyTo: mine }));
    own.push(...others);
    parent = id;
  };
  const own: ThreadPost[] = [];
  for (let turn = 0; turn < 10; turn++) {
    talk(`How can I help you today, dear friend? This is my message number ${turn}.`);
    await answerAll(heardOn(said, own), { who: replying({}) });
  }

  assert.equal((await listDrafts(store)).length, 1);

  const count = said.length;
  for (const words of [
    'Rain is wet.',
    'Are clouds soft?',
    'Birds fly south.',
    'Who paints the moon?',
    'Tea or coffee?',
  ]) {
    said.push(post(`new ${words}`, words));
  }
  await answerAll(heardOn(said, own), { who: replying({}) });
  assert.ok(said.length > count && (await listDrafts(store)).length === 5); // by the person's day
});

test('one person\u2019s flood keeps nobody else waiting', async () => {
  const flood = Array.from({ length: 5 }, (_, index) => post(`f${index}`, `Question ${'abcde'[index]}?`));
  const late = post('late', 'And me?', { author: person('eve'), at: '2026-06-01T11:59:30.000Z' });

  await answerAll(heardOn([...flood, late]), { who: replying({}) });

  const rows = await store.db
    .selectFrom('mentions')
    .select('author_name')
    .where('draft_id', 'is not', null)
    .orderBy('draft_id')
    .execute();
  assert.deepEqual(
    rows.map(({ author_name }) => author_name),
    ['@bob', '@eve', '@bob', '@bob', '@bob', '@bob'],
  );
});

test('"stop" takes back what waits and what was approved', async () => {
  const said = [post('1', 'Hello there?'), post('2', 'Is it late?'), post('3', 'Hi', { author: person('eve') })];
  const network = heardOn(said);
  await answerAll(network);
  await approve(store, { draftId: 1, now: NOON, undoMs: 60_000 });

  said.push(post('4', '@ada please stop'));
  await answerAll(network);

  const drafts = await store.db.selectFrom('drafts').select(['status', 'reason']).orderBy('id').execute();
  const mine = await store.db.selectFrom('mentions').select(['author_name', 'draft_id']).execute();
  const of = (name: string) =>
    mine.flatMap(({ author_name, draft_id }) =>
      author_name === name && draft_id !== null ? [drafts[draft_id - 1]] : [],
    );
  assert.deepEqual(
    of('@bob').map((draft) => draft?.reason),
    Array(2).fill('@bob asked not to be answered'),
  );
  assert.ok(of('@bob').every((draft) => draft?.status === 'expired' || draft?.status === 'rejected'));
  assert.deepEqual(
    of('@eve').map((draft) => draft?.status),
    ['pending'],
  );
});

test('who asks to be left alone while an answer is written gets none', async () => {
  const said = [post('1', 'Hello there?')];
  const network = heardOn(said);
  const model = host();
  const interrupted: ModelHost = {
    ...model,
    generate: async (call) => {
      said.push(post('2', 'stop'));
      await catchUp({ store, persona: persona(), network, account: ACCOUNT, now: () => NOON });
      return model.generate(call);
    },
  };

  const [replied] = await answerAll(network, { model: interrupted });

  assert.equal(replied?.kind, 'not answered');
  assert.deepEqual(await listDrafts(store), []);
});

test('what one person says is never read before an answer to another', async () => {
  const said = [
    post('1', 'My secret word is xyzzy, keep it.'),
    post('2', 'What is the secret word?', { author: person('eve') }),
  ];

  await answerAll(heardOn(said));

  const toEve = calls.find(({ context }) => context?.[0]?.text.includes('What is'));
  assert.ok(toEve && !JSON.stringify(toEve).includes('xyzzy'));
});

test('an answer that only repeats what it answers is not offered', async () => {
  const words = 'A clock is a device for being late by, and a calendar is one for being late to.';

  await answerAll(heardOn([post('1', words)]), { model: host([words, GOOD[0]!]) });

  assert.deepEqual(
    (await listDrafts(store))[0]?.candidates.map(({ text }) => text),
    [GOOD[0]],
  );
});

test('where nothing passes the gates it is tried again later, and in the end not answered', async () => {
  const network = heardOn([post('1', 'Hello there?')]);
  const tries: number[] = [];
  for (const minutes of [0, 0.5, 1, 2, 5, 60]) {
    clock = new Date(NOON.getTime() + minutes * 60_000);
    tries.push((await answerAll(network, { model: host(BAD) })).length);
  }

  assert.deepEqual(tries, [1, 0, 1, 0, 1, 0]);
  assert.deepEqual(await mentionsIn(store), [
    ['@bob', 'passed over', 'nothing that was written in answer passed every gate'],
  ]);
});

test('on X what only its author’s followers may see gets no answer, and is answered where an answer is as private', async () => {
  const mention = post('1', '@ada What is hope?', { visibility: 'followers' });

  await answerAll({ ...heardOn([mention]), name: 'x' });
  const onX = [await mentionsIn(store), await listDrafts(store), calls.length];
  store = openStore(':memory:');
  await answerAll({ ...heardOn([mention]), name: 'mastodon' });

  assert.deepEqual(onX, [[['@bob', 'passed over', 'only some may see it, and on X all would see the answer']], [], 0]);
  assert.equal((await listDrafts(store)).length, 1);
});

test('a post that is gone, or cannot be read now, keeps nobody else waiting', async () => {
  const said = ['1', '2', '3'].map((id) => post(id, 'Hello there?', { author: person(`p${id}`) }));
  const network = heardOn(said);
  const broken: Answering = {
    ...network,
    thread: (id) => {
      if (id === '1') return Promise.resolve([]);
      if (id === '2') return Promise.reject(new WorldError('503', { retryable: true }));
      return network.thread(id);
    },
  };

  await assert.rejects(answerAll(broken), /503/);
  await answerAll(broken);

  assert.deepEqual(
    (await mentionsIn(store)).map(([, status, reason]) => [status, reason]),
    [
      ['passed over', 'the post is gone'],
      ['waiting', null],
      ['answered', null],
    ],
  );
});

test('a revoked token is no sign that a post is gone', async () => {
  const revoked: Answering = {
    ...heardOn([post('1', 'Hello?')]),
    thread: () => Promise.reject(new AccountError('401')),
  };

  await assert.rejects(answerAll(revoked), AccountError);

  assert.deepEqual(await mentionsIn(store), [['@bob', 'waiting', null]]);
});

test('a mention that waited too long is not answered any more', async () => {
  const network = heardOn([post('1', 'Hello?')]);
  await catchUp({ store, persona: persona(), network, account: ACCOUNT, now: () => NOON });
  clock = new Date(NOON.getTime() + 13 * 3_600_000);

  assert.deepEqual(await answerAll({ ...network, mentions: heardOn([]).mentions }), []);

  assert.match(String((await mentionsIn(store))[0]?.[2]), /waited too long/);
});

test('more candidates for a reply answer the same', async () => {
  const network = { ...heardOn([post('1', 'Hello there?')]), namesWhomItAnswers: true as const };
  await answerAll(network);

  await moreCandidates(composing(store, host(['A spoon is a very small boat.'])), 1);

  assert.deepEqual(calls.at(-1)?.context, [{ by: 'another', text: 'Hello there?' }]);
  assert.equal((await getDraft(store, 1)).candidates.at(-1)?.text, '@bob A spoon is a very small boat.');
});

test('whatever is said in whatever thread, it is answered or passed over', async () => {
  const wild = wildPost('2026-06-01T11:00:00.000Z');
  const friendly = wild.map((one) => ({
    ...one,
    isOwn: false,
    at: '2026-06-01T11:00:00.000Z',
    author: { ...one.author, isBot: false, refusesBots: false, isBlocked: false },
  }));
  await fc.assert(
    fc.asyncProperty(friendly, fc.array(wild, { maxLength: 6 }), async (asked, before) => {
      store = openStore(':memory:');
      const network = { ...heardOn([asked]), thread: async () => [...before, asked] };

      const replies = await answerAll(network, { who: replying({}) });

      const [[, status] = []] = await mentionsIn(store);
      assert.ok(replies.length <= 1 && (status === 'answered' || status === 'passed over'));
      await store.close();
    }),
    { numRuns: 60 },
  );
});
