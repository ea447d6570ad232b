import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapterWith, getAdapter, movesOf, promoteAdapter } from '../../../src/learning/adapter/adapters.ts';
import { settleAdapters, voiceForDraft, voiceOfDraft } from '../../../src/learning/adapter/voice.ts';
import { randomFrom } from '../../../src/random.ts';
import { approve, reject } from '../../../src/review/decide.ts';
import type { Store } from '../../../src/store/store.ts';
import { persona as personaOf } from '../../daemon/composing.ts';
import { insertDraft, NOON, ROUND } from '../../queue/prepared-drafts.ts';
import { taughtHome } from './taught-home.ts';

const persona = personaOf();

async function house() {
  const { home, store, add } = await taughtHome();
  return { home, store, add: (to: 'candidate' | 'retired') => add(to, NOON.toISOString()) };
}

/** Blind decisions on what one voice wrote: so many approvals, then so many rejections. */
async function decide(store: Store, model: string, approved: number, rejected: number): Promise<void> {
  for (let index = 0; index < approved + rejected; index++) {
    const round = { ...ROUND, model };
    const draftId = await insertDraft(store, [`${model} says ${index}.`], { round, blind: 'several' });
    if (index < approved) await approve(store, { draftId, now: NOON, undoMs: 0 });
    else await reject(store, { draftId, now: NOON });
  }
}

test('what is on trial writes about every other draft, and the rest is written as before', async () => {
  const { home, store, add } = await house();
  const id = await add('candidate');
  const random = randomFrom(1);
  const names = [];
  for (let draft = 0; draft < 100; draft++) {
    names.push((await voiceForDraft({ home, store, persona, now: NOON, random })).voice.name);
  }

  const tried = names.filter((name) => name === `toy+${id}`).length;
  assert.ok(tried > 35 && tried < 65, `${tried}`);
  assert.equal(names.filter((name) => name === 'toy').length, 100 - tried);
});

test('more of a draft is written by the voice that began it', async () => {
  const { home, store, add } = await house();
  const id = await add('candidate');
  const byTried = await insertDraft(store, ['One.'], { round: { ...ROUND, model: `toy+${id}` } });
  const byModel = await insertDraft(store, ['Two.']);

  assert.equal((await voiceOfDraft({ home, store, persona }, byTried)).name, `toy+${id}`);
  assert.equal((await voiceOfDraft({ home, store, persona }, byModel)).name, 'toy');
});

test('a trial promotes at 82 blind decisions a side that are clearly better, and not before', async () => {
  const { store, add } = await house();
  const id = await add('candidate');
  await decide(store, `toy+${id}`, 45, 36);
  await decide(store, 'toy', 16, 66);
  const early = await settleAdapters(store, persona, NOON);
  await decide(store, `toy+${id}`, 1, 0);

  const settled = await settleAdapters(store, persona, NOON);

  assert.deepEqual(early, []);
  assert.deepEqual(
    settled.map(({ kind, adapter }) => [kind, adapter]),
    [['promoted', id]],
  );
  assert.equal((await adapterWith(store, 'ada', 'live'))?.id, id);
  assert.match((await movesOf(store, id)).at(-1)?.reason ?? '', /at 82 a side 46 of 82 against 16 of 82/);
});

test('what is tried and likely to be worse is refused, with what told it', async () => {
  const { home, store, add } = await house();
  const id = await add('candidate');
  await decide(store, `toy+${id}`, 0, 20);
  await decide(store, 'toy', 10, 10);

  const { voice, settled } = await voiceForDraft({ home, store, persona, now: NOON, random: () => 0 });

  assert.equal(voice.name, 'toy');
  assert.match(settled.join(), /The trial of adapter \d+ ended, and it is refused/);
  assert.equal((await getAdapter(store, id)).status, 'refused');
});

test('a live adapter falls back by itself to what it replaced when it is likely to be worse', async () => {
  const { home, store, add } = await house();
  const [first, second] = [await add('retired'), await add('retired')];
  for (const id of [first, second]) {
    await promoteAdapter(store, id, { by: 'owner', reason: 'a test', at: NOON.toISOString() });
  }
  await decide(store, `toy+${first}`, 12, 8);
  await decide(store, `toy+${second}`, 2, 18);

  const { voice, settled } = await voiceForDraft({ home, store, persona, now: NOON, random: () => 0 });

  assert.equal(voice.name, `toy+${first}`);
  assert.match(settled.join(), /Fell back from adapter 2 to adapter 1: 2 of 20 blind drafts were approved, 12 of 20/);
  assert.deepEqual(await settleAdapters(store, persona, NOON), [], 'and stays there');
});

test('decisions that were not blind, and the program’s own, move nothing', async () => {
  const { store, add } = await house();
  const id = await add('candidate');
  for (let index = 0; index < 100; index++) {
    const seen = await insertDraft(store, [`Seen ${index}.`], { round: { ...ROUND, model: `toy+${id}` } });
    await approve(store, { draftId: seen, now: NOON, undoMs: 0 });
    const own = await insertDraft(store, [`Own ${index}.`], { round: { ...ROUND, model: `toy+${id}` }, blind: 'one' });
    await approve(store, { draftId: own, now: NOON, undoMs: 0, by: 'program' });
  }
  await decide(store, 'toy', 10, 90);

  assert.deepEqual(await settleAdapters(store, persona, NOON), []);
  assert.equal((await getAdapter(store, id)).status, 'candidate');
});
