import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { expected } from '../../src/learning/arms.ts';
import { readArms } from '../../src/learning/read-arms.ts';
import { balanceOf, ENOUGH_TAKEN, readersOf } from '../../src/learning/readers.ts';
import { learnSelector } from '../../src/learning/selector/learn-selector.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { toyHome } from '../daemon/toy-home.ts';
import { NOON } from '../queue/prepared-drafts.ts';
import { decidedDrafts } from './decided-drafts.ts';

const DAY = 86_400_000;
const quality = { candidates: 8, keep: 5, byChance: 0.2, blind: 0.25, readers: 0.25 };
const ada = { name: 'ada', prompts: ['sea', 'land', 'sky'], quality };
let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});

const posts = (worths: readonly number[], prompt: (index: number) => string = () => 'sea') =>
  worths.map((worth, index) => ({ prompt: prompt(index), worth }));
const said = (all: ReturnType<typeof readersOf>) =>
  [...all].map(([prompt, { for: up, against }]) => [prompt, up.toFixed(2), against.toFixed(2)]);

/** Published at noon, and looked at `days` later with so many likes. */
async function published(prompt: string, likes: readonly number[], days = 1.01): Promise<readonly number[]> {
  const ids = await decidedDrafts(store, { drafts: likes.length, texts: 1, changes: { prompt } });
  for (const [index, draft_id] of ids.entries()) {
    const at = new Date(NOON.getTime() + days * DAY).toISOString();
    await store.db
      .updateTable('drafts')
      .set({ status: 'published', published_at: NOON.toISOString(), post_id: String(draft_id) })
      .where('id', '=', draft_id)
      .execute();
    await store.db
      .insertInto('outcomes')
      .values({ draft_id, at, likes: likes[index]!, boosts: 0, replies: 0 })
      .execute();
  }
  return ids;
}

test('the best taken post speaks for its opening by the whole weight, the worst as much against it, all together for nothing', () => {
  const worths = Array.from({ length: 21 }, (_, index) => index);
  const byPost = readersOf(posts(worths, String), 0.25);

  assert.deepEqual(
    said(byPost).filter((_, index) => [0, 10, 20].includes(index)),
    [
      ['0', '0.00', '0.25'],
      ['10', '0.00', '0.00'],
      ['20', '0.25', '0.00'],
    ],
  );
  const together = [...readersOf(posts(worths), 0.25).values()][0]!;
  assert.ok(Math.abs(together.for - together.against) < 1e-9);
});

test('posts that nobody took in any way say nothing, nor do too few, nor any without weight', () => {
  const alike = Array.from({ length: 30 }, () => 0);
  const some = Array.from({ length: ENOUGH_TAKEN - 1 }, (_, index) => index);

  assert.deepEqual(said(readersOf(posts(alike), 0.25)), [['sea', '0.00', '0.00']]);
  assert.equal(readersOf(posts(some), 0.25).size, 0);
  assert.equal(readersOf(posts([...some, 1]), 0).size, 0);
});

test('an account of thousands says what one of dozens says', () => {
  const few = Array.from({ length: 24 }, (_, index) => index % 7);
  const many = few.map((worth) => 1000 * worth + 500);
  const bySome = (worths: readonly number[]) =>
    said(
      readersOf(
        posts(worths, (index) => `${index % 3}`),
        0.25,
      ),
    );

  assert.deepEqual(bySome(few), bySome(many));
});

test('an opening whose posts were taken well is expected to do a little better; one whose posts were not, a little worse', async () => {
  await published(
    'sea',
    Array.from({ length: 12 }, (_, index) => 20 + index),
  );
  await published(
    'land',
    Array.from({ length: 12 }, (_, index) => index),
  );

  const [heard, unheard] = [
    await readArms(store, ada),
    await readArms(store, { ...ada, quality: { ...quality, readers: 0 } }),
  ];

  assert.deepEqual(
    [unheard.map(({ readers }) => readers), heard[2]!.readers],
    [[undefined, undefined, undefined], undefined],
  );
  const [sea, land] = heard.map((arm, index) => expected(arm) - expected(unheard[index]!));
  assert.ok(sea! > 0.01 && sea! < 0.1, String(sea));
  assert.ok(land! < -0.01 && land! > -0.1, String(land));
  assert.deepEqual(heard.map(({ readers }) => balanceOf(readers)).at(-1), '+0.00');
});

test('what was looked at within the first day, is gone or was taken back is not asked about', async () => {
  const likes = Array.from({ length: 24 }, (_, index) => index);
  await published('sea', likes.slice(0, 12));
  const [gone] = await published('sea', likes.slice(12, 16));
  await published('sea', likes.slice(16), 0.5);
  await store.db.updateTable('outcomes').set({ is_gone: 1 }).where('draft_id', '>=', gone!).execute();

  assert.deepEqual((await readArms(store, ada))[0]!.readers, undefined);
});

test('no selector hears of readers: with and without outcomes it is the same, to the last bit', async () => {
  const learn = async () => {
    const { selector, evaluation, blind } = await learnSelector({
      store,
      home: toyHome('ada'),
      persona: 'ada',
      now: NOON,
    });
    return JSON.stringify({ selector, evaluation, blind });
  };
  await decidedDrafts(store, { drafts: 40, blind: (index) => (index % 2 ? 'several' : null) });
  const before = await learn();
  await store.db
    .insertInto('outcomes')
    .values(
      Array.from({ length: 40 }, (_, index) => ({
        draft_id: index + 1,
        at: NOON.toISOString(),
        likes: index,
        boosts: 0,
        replies: 0,
      })),
    )
    .execute();

  assert.equal(await learn(), before);
});
