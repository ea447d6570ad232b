import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Arm, drawArm, liveArms, MOST_LIVE, restingCount } from '../../src/learning/arms.ts';
import { readArms } from '../../src/learning/read-arms.ts';
import { randomFrom } from '../../src/random.ts';
import { openStore } from '../../src/store/store.ts';
import { decidedDrafts } from './decided-drafts.ts';

const arm = (prompt: string, approved = 0, decided = 0): Arm => ({ prompt, approved, decided });

test('at most six are live: the most promising, and among equals the first', () => {
  const arms = [arm('bad', 0, 10), ...Array.from({ length: 8 }, (_, index) => arm(`new ${index}`)), arm('good', 9, 10)];

  const live = liveArms(arms).map(({ prompt }) => prompt);

  assert.equal(live.length, MOST_LIVE);
  assert.deepEqual(live, ['good', 'new 0', 'new 1', 'new 2', 'new 3', 'new 4']);
});

test('what is approved comes up more often, and the rest is still tried', () => {
  const random = randomFrom(1);
  const live = [arm('good', 16, 20), arm('middling', 8, 20), arm('new')];
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 3000; draw++) {
    const { prompt } = drawArm(live, random);
    counts.set(prompt, (counts.get(prompt) ?? 0) + 1);
  }

  assert.ok(counts.get('good')! > 1800, JSON.stringify([...counts]));
  assert.ok((counts.get('new') ?? 0) > 300 && (counts.get('middling') ?? 0) < 200);
});

test('over many decisions an owner who likes one opening gets it most of the time', () => {
  const random = randomFrom(2);
  const tally = new Map(['a', 'b', 'c', 'd'].map((prompt) => [prompt, { decided: 0, approved: 0 }]));
  let liked = 0;
  for (let draft = 0; draft < 400; draft++) {
    const { prompt } = drawArm(
      [...tally].map(([name, { decided, approved }]) => arm(name, approved, decided)),
      random,
    );
    const known = tally.get(prompt)!;
    const approved = random() < (prompt === 'c' ? 0.7 : 0.2);
    tally.set(prompt, { decided: known.decided + 1, approved: known.approved + Number(approved) });
    if (draft >= 200 && prompt === 'c') liked++;
  }

  assert.ok(liked > 150, String(liked));
});

test('of a long list half rests; of a short one the last, so that none comes twice in a row', () => {
  assert.deepEqual([1, 2, 6, 7, 12, 74].map(restingCount), [0, 1, 1, 1, 6, 37]);
});

test('the state of every opening follows from what was decided', async () => {
  const store = openStore(':memory:');
  await decidedDrafts(store, { drafts: 10, changes: { prompt: 'a' } });
  await decidedDrafts(store, { drafts: 1, seed: 2, changes: { prompt: 'b' } });

  const quality = { candidates: 8, keep: 5, byChance: 0.2, blind: 0.25, readers: 0.25 };
  const arms = await readArms(store, { name: 'ada', prompts: ['a', 'b', 'c'], quality });

  assert.deepEqual(
    arms.map(({ prompt, decided, state }) => [prompt, decided, state]),
    [
      ['a', 10, 'live'],
      ['b', 1, 'rests'],
      ['c', 0, 'live'],
    ],
  );
  const approved = await store.db
    .selectFrom('decisions')
    .select('id')
    .where('action', '=', 'picked')
    .where('draft_id', '<=', 10)
    .execute();
  assert.equal(arms[0]!.approved, approved.length);
});
