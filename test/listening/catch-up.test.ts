import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catchUp, type Hearing } from '../../src/listening/catch-up.ts';
import { settingsSchema } from '../../src/persona/settings.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { ACCOUNT, heardOn, mentionsIn, NOON, ownPost, person, post } from './said.ts';
import { wildPost } from './wild.ts';

const { schedule } = settingsSchema.parse({ name: 'ada', model: 'toy' });
const hearing = (store: Store, network: Hearing['network'], account = ACCOUNT): Hearing => {
  return { store, network, account, persona: { name: 'ada', schedule }, now: () => NOON };
};

test('who may be answered waits, who may not is passed over, and what those said is not kept', async () => {
  const store = openStore(':memory:');
  const bot = person('bot', { isBot: true });

  const heard = await catchUp(
    hearing(store, heardOn([post('1', 'Hello?'), post('2', 'Beep', { author: bot }), ownPost('3', 'Me')])),
  );

  assert.deepEqual(heard, {
    kind: 'heard',
    mentions: 3,
    waiting: 1,
    passedOver: { 'a bot wrote it': 1, 'it is its own post': 1 },
  });
  assert.deepEqual(await mentionsIn(store), [
    ['@bob', 'waiting', null],
    ['@bot', 'passed over', 'a bot wrote it'],
    ['@ada', 'passed over', 'it is its own post'],
  ]);
  const texts = await store.db.selectFrom('mentions').select('text').orderBy('id').execute();
  assert.deepEqual(
    texts.map(({ text }) => text),
    ['Hello?', null, null],
  );
});

test('the next time it goes on from where it was, and nothing is taken in twice', async () => {
  const store = openStore(':memory:');
  const said = [post('1', 'Hello?'), post('2', 'Hello again?')];
  const network = heardOn(said);

  await catchUp(hearing(store, network));
  said.push(post('3', 'Anybody?'), post('1', 'Hello?'));
  const heard = await catchUp(hearing(store, network));

  assert.deepEqual(network.asked, [null, '1']);
  assert.equal(heard.mentions, 1);
  assert.equal((await mentionsIn(store)).length, 3);
});

test('another account is listened to from its own beginning', async () => {
  const store = openStore(':memory:');
  const network = heardOn([post('1', 'Hello?')]);

  await catchUp(hearing(store, network));
  await catchUp(hearing(store, network, 'mastodon:other.social/7'));

  assert.deepEqual(network.asked, [null, null]);
});

test('a reading that breaks off keeps what it took in, and how far it came', async () => {
  const store = openStore(':memory:');
  const said = Array.from({ length: 60 }, (_, index) => post(String(index), 'Hi', { author: person(`p${index}`) }));
  const { mentions } = heardOn(said);
  const breaking: Hearing['network'] = {
    async *mentions(since) {
      yield* mentions(since);
      throw new Error('broken pipe');
    },
  };

  await assert.rejects(catchUp(hearing(store, breaking)), /broken pipe/);

  const { cursor, looked_at } = await store.db.selectFrom('listening').selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([cursor, looked_at, (await mentionsIn(store)).length], ['49', null, 50]);
});

test('one person\u2019s flood leaves no more waiting than are answered in a day, and everybody else', async () => {
  const store = openStore(':memory:');
  const flood = Array.from({ length: 300 }, (_, index) => post(`f${index}`, `No ${index}`));

  await catchUp(hearing(store, heardOn([...flood, post('e', 'And me?', { author: person('eve') })])));

  const waiting = (await mentionsIn(store)).filter(([, status]) => status === 'waiting');
  assert.deepEqual(
    waiting.map(([name]) => name),
    ['@bob', '@bob', '@bob', '@bob', '@bob', '@eve'],
  );
});

test('of a thousand people at once the newest two hundred wait, and the rest is taken in by and by', async () => {
  const store = openStore(':memory:');
  const crowd = Array.from({ length: 1000 }, (_, index) => {
    const at = new Date(NOON.getTime() - 1_000_000 + index * 1000).toISOString();
    return post(String(index), 'Hello?', { author: person(`p${index}`), at });
  });
  const network = heardOn(crowd);

  const first = await catchUp(hearing(store, network));
  const { looked_at } = await store.db.selectFrom('listening').selectAll().executeTakeFirstOrThrow();
  await catchUp(hearing(store, network));
  await catchUp(hearing(store, network));

  assert.deepEqual([first.mentions, looked_at], [500, null]);
  const waiting = (await mentionsIn(store)).filter(([, status]) => status === 'waiting');
  assert.deepEqual([waiting.length, waiting[0]?.[0], waiting.at(-1)?.[0]], [200, '@p800', '@p999']);
});

test('however many spoke, no more than fifty are held that are not stored yet, nor more than five hundred read in one go', async () => {
  const store = openStore(':memory:');
  const stored = async () => (await mentionsIn(store)).length;
  let told = 0;
  let held = 0;
  const endless: Hearing['network'] = {
    async *mentions() {
      for (;;) {
        held = Math.max(held, told - (await stored()));
        yield { cursor: String(told), post: post(String(told), 'Hello?', { author: person(`p${told++}`) }) };
      }
    },
  };

  const heard = await catchUp(hearing(store, endless));

  assert.deepEqual([heard.mentions, told, held], [500, 500, 49]);
});

test('"stop" ends it for good, also after a restart, and whatever it is called then', async () => {
  const store = openStore(':memory:');
  const said = [post('1', 'Hello?'), post('2', '@ada stop!')];
  const network = heardOn(said);

  await catchUp(hearing(store, network));
  said.push(post('3', 'I am back'), post('4', 'Me too', { author: { ...person('bob'), id: 'moved' } }));
  await catchUp(hearing(store, network));

  const reason = 'its author asked not to be answered';
  assert.deepEqual(
    await mentionsIn(store),
    [1, 2, 3, 4].map(() => ['@bob', 'passed over', reason]),
  );
});

test('whatever anybody says, in whatever shape, it is taken in or passed over', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(wildPost('2026-06-01T11:00:00.000Z'), { maxLength: 8 }), async (posts) => {
      const store = openStore(':memory:');

      const heard = await catchUp(hearing(store, heardOn(posts)));

      const passedOver = Object.values(heard.passedOver).reduce((sum, count) => sum + count, 0);
      assert.equal(heard.waiting + passedOver, heard.mentions);
      assert.equal(heard.mentions, new Set(posts.map(({ id }) => id.toWellFormed())).size);
      await store.close();
    }),
    { numRuns: 100 },
  );
});
