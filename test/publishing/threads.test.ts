import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { optOut } from '../../src/listening/opt-outs.ts';
import { publishNext, reconcile } from '../../src/publishing/publish-next.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';
import { fakeNetwork, MOODS, type Mood } from './fake-network.ts';

const PARTS = ['Hope is a debt.', 'It is paid in years.', 'Nobody lends it twice.'];
const TEXT = PARTS.join(' ');

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});
afterEach(() => store.close());

function world(inside: Store) {
  const fake = fakeNetwork();
  let time = NOON.getTime();
  const turn = {
    persona: 'ada',
    network: fake.network,
    now: () => new Date(time),
    options: () => ({ visibility: 'public' as const, media: [{ file: '/a.png', alt: 'a' }] }),
    splitter: async () => (text: string) => (text === TEXT ? PARTS : [text]),
  };
  return {
    fake,
    turn,
    approved: async () => {
      const id = await insertDraft(inside, [TEXT]);
      await approve(inside, { draftId: id, now: NOON, undoMs: 0 });
      return id;
    },
    async step(mood: Mood) {
      fake.state.mood = mood;
      time += 7 * 3_600_000; // any wait is over
      const settled = await reconcile(inside, turn);
      return settled.length > 0 ? settled[0] : publishNext(inside, turn);
    },
  };
}

/** As readers see it: each post with the text of the one that it replies to. */
function chain({ posts, parents }: ReturnType<typeof fakeNetwork>) {
  return [...posts].map(([key, text]) => [text, posts.get(parents.get(key) ?? '') ?? null]);
}
const CHAIN = PARTS.map((text, index) => [text, PARTS[index - 1] ?? null]);

test('a text that is longer than a post becomes a thread; the draft is published where it begins', async () => {
  const { fake, approved, step } = world(store);
  const id = await approved();

  const outcome = await step('takes it');

  assert.deepEqual(chain(fake), CHAIN);
  const draft = await getDraft(store, id);
  const first = [...fake.posts.keys()][0];
  assert.deepEqual([draft.status, draft.text, draft.postId], ['published', TEXT, first]);
  assert.deepEqual(outcome, {
    kind: 'published',
    draftId: id,
    text: PARTS.join('\n'),
    url: `https://example.social/${first}`,
  });
  const options = (await store.db.selectFrom('attempts').select('options').orderBy('id').execute()).map((row) =>
    JSON.parse(row.options),
  );
  assert.deepEqual(options, [
    { visibility: 'public', media: [{ file: '/a.png', alt: 'a' }] },
    { visibility: 'unlisted' },
    { visibility: 'unlisted' },
  ]);
});

test('a thread that is refused half-way goes on where it stopped once its owner approves it again', async () => {
  const { fake, turn, approved, step } = world(store);
  const id = await approved();
  const { publish } = fake.network;
  const network = {
    ...fake.network,
    publish: (post: Parameters<typeof publish>[0]) => {
      fake.state.mood = post.text === PARTS[1] ? 'refuses' : 'takes it';
      return publish(post);
    },
  };
  await publishNext(store, { ...turn, network });
  const failed = await getDraft(store, id);
  assert.deepEqual([failed.status, failed.reason], ['failed', 'post 2 of 3: 422 too rude']);

  await assert.rejects(approve(store, { draftId: id, text: 'Other words.', now: NOON, undoMs: 0 }), /in part/);
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });
  await step('takes it');

  assert.deepEqual(chain(fake), CHAIN);
});

test('whatever goes wrong between its posts, a thread is there once, whole and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...MOODS.filter((mood) => mood !== 'refuses')), { maxLength: 12 }),
      async (moods) => {
        const inside = openStore(':memory:');
        try {
          const { fake, turn, approved, step } = world(inside);
          const id = await approved();
          const { publish } = fake.network;
          const queue = [...moods];
          // Every post finds the network in another mood.
          Object.assign(turn.network, {
            publish: (post: Parameters<typeof publish>[0]) => {
              fake.state.mood = queue.shift() ?? 'takes it';
              return publish(post);
            },
          });
          for (let turns = 0; turns < 40 && (await getDraft(inside, id)).status !== 'published'; turns++) {
            const held = (await getDraft(inside, id)).heldAt;
            if (held !== null) return; // given to its owner
            await step('takes it');
          }

          assert.equal((await getDraft(inside, id)).status, 'published');
          assert.deepEqual(chain(fake), CHAIN);
        } finally {
          await inside.close();
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('killed before or after any word with the network, a thread goes on where it stopped', async () => {
  for (let killAt = 1; killAt <= 8; killAt++) {
    const inside = openStore(':memory:');
    const { fake, turn, approved, step } = world(inside);
    const id = await approved();
    let moments = 0;
    const killed = Promise.withResolvers<void>();
    /** A process that is killed does nothing any more: what waits for this waits for ever. */
    const moment = () => {
      if (++moments !== killAt) return undefined;
      killed.resolve();
      return new Promise<never>(() => {});
    };
    const { publish, newestOwnId } = fake.network;
    const counted = async <T>(work: () => Promise<T>): Promise<T> => {
      await moment();
      const done = await work();
      await moment();
      return done;
    };
    const network = {
      ...fake.network,
      publish: (post: Parameters<typeof publish>[0]) => counted(() => publish(post)),
      newestOwnId: () => counted(newestOwnId),
    };
    await Promise.race([publishNext(inside, { ...turn, network }), killed.promise]);

    for (let turns = 0; turns < 10; turns++) await step('takes it');

    assert.equal((await getDraft(inside, id)).status, 'published', `killed at ${killAt}`);
    assert.deepEqual(chain(fake), CHAIN, `killed at ${killAt}`);
    await inside.close();
  }
});

test('a thread that answers somebody ends where they ask for silence: what is left of it does not go out', async () => {
  const { fake, turn, approved } = world(store);
  const id = await approved();
  const who = { persona: 'ada', account: 'fake:1', authorId: '7', authorName: '@bob' };
  await store.db
    .insertInto('mentions')
    .values({
      persona: 'ada',
      account: who.account,
      post_id: '1',
      url: 'https://example.social/1',
      author_id: who.authorId,
      author_name: who.authorName,
      visibility: 'public',
      at: NOON.toISOString(),
      seen_at: NOON.toISOString(),
      status: 'answered',
      draft_id: id,
    })
    .execute();
  const network = {
    ...fake.network,
    async publish(post: Parameters<typeof fake.network.publish>[0]) {
      const published = await fake.network.publish(post);
      await optOut(store, who, NOON); // while the first post is on its way
      return published;
    },
  };

  const outcome = await publishNext(store, { ...turn, network });

  assert.deepEqual(chain(fake), CHAIN.slice(0, 1));
  assert.equal(outcome?.kind, 'failed');
  assert.match((await getDraft(store, id)).reason!, /@bob asked not to be answered/);
});
