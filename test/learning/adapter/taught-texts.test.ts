import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { decidedTexts, isTaught, splitTaught } from '../../../src/learning/adapter/taught-texts.ts';
import { approve, reject, undo } from '../../../src/review/decide.ts';
import { openStore } from '../../../src/store/store.ts';
import { insertDraft, NOON, ROUND } from '../../queue/prepared-drafts.ts';

const store = openStore(':memory:');
after(() => store.close());
const terms = { now: NOON, undoMs: 0 };

test('the newest word on a draft counts, in the words that were approved; what was taken back counts not at all', async () => {
  const picked = await insertDraft(store, ['One bell.', 'Two bells.']);
  const edited = await insertDraft(store, ['Three bells.']);
  const rejected = await insertDraft(store, ['Four bells.', 'Five bells.']);
  const undone = await insertDraft(store, ['Six bells.']);
  const changed = await insertDraft(store, ['Seven bells.']);
  await approve(store, { ...terms, draftId: picked });
  await approve(store, { ...terms, draftId: edited, text: 'Three small bells.' });
  await reject(store, { draftId: rejected, now: NOON });
  await approve(store, { ...terms, draftId: undone });
  await undo(store, { draftId: undone, now: NOON });
  await approve(store, { ...terms, draftId: changed });
  await reject(store, { draftId: changed, now: NOON });

  const decided = await decidedTexts(store, 'ada');

  assert.deepEqual(
    decided.map(({ text, approved, edited }) => ({ text, approved, edited })),
    [
      { text: 'One bell.', approved: true, edited: false },
      { text: 'Three small bells.', approved: true, edited: true },
      { text: 'Four bells.', approved: false, edited: false },
      { text: 'Seven bells.', approved: false, edited: false },
    ],
  );
});

test('of two decisions about the same text the newer one holds', async () => {
  const first = await insertDraft(store, ['A twin.'], { persona: 'bea' });
  const second = await insertDraft(store, ['a  TWIN.'], { persona: 'bea' });
  await approve(store, { ...terms, draftId: first });
  await reject(store, { draftId: second, now: NOON });

  assert.deepEqual(
    (await decidedTexts(store, 'bea')).map(({ approved }) => approved),
    [false],
  );
});

test('what the model drew is known with its temperature; what its owner wrote or a rule says was drawn at none', async () => {
  const cold = { ...ROUND, request: { ...ROUND.request, sampling: { ...ROUND.request.sampling, temperature: 0.6 } } };
  const picked = await insertDraft(store, ['One lamp.'], { persona: 'dora', round: cold });
  const usual = await insertDraft(store, ['Two lamps.'], { persona: 'dora' });
  const edited = await insertDraft(store, ['Three lamps.'], { persona: 'dora' });
  const found = await insertDraft(store, ['Four lamps.'], { persona: 'dora' });
  await store.db.updateTable('candidates').set({ skill: 'rule' }).where('draft_id', '=', found).execute();
  for (const draftId of [picked, usual, found]) await approve(store, { ...terms, draftId });
  await approve(store, { ...terms, draftId: edited, text: 'Three small lamps.' });

  const decided = await decidedTexts(store, 'dora');

  assert.deepEqual(
    decided.map(({ text, temperature }) => [text, temperature]),
    [
      ['One lamp.', 0.6],
      ['Two lamps.', 0.9],
      ['Four lamps.', undefined],
      ['Three small lamps.', undefined],
    ],
  );
});

test('replies, posts of the archive and what the program approved by itself teach nothing', async () => {
  const reply = await insertDraft(store, ['Thank you.'], { persona: 'cyn', kind: 'reply', inReplyTo: 'x' });
  const archived = await insertDraft(store, ['Old words.'], { persona: 'cyn', provenance: 'archived' });
  const own = await insertDraft(store, ['Its own idea.'], { persona: 'cyn' });
  await approve(store, { ...terms, draftId: reply });
  await approve(store, { ...terms, draftId: archived });
  await approve(store, { ...terms, draftId: own, by: 'program' });

  assert.deepEqual(await decidedTexts(store, 'cyn'), []);
});

test('a draft keeps its place whatever else is decided: what one adapter is measured by no other one learns', () => {
  const texts = Array.from({ length: 1_000 }, (_, index) => {
    return { draft: index + 1, prompt: '', text: `${index}`, approved: true, edited: false, decision: index + 1 };
  });

  const [all, half] = [splitTaught(texts), splitTaught(texts.slice(0, 500))];

  assert.deepEqual(
    half.test,
    all.test.filter(({ draft }) => draft <= 500),
  );
  assert.ok(all.train.every(({ draft }) => isTaught(draft)));
  assert.ok(![...all.validation, ...all.test].some(({ draft }) => isTaught(draft)));
  const shares = [all.train, all.validation, all.test].map(({ length }) => length / 1_000);
  assert.ok(
    Math.abs(shares[0]! - 0.7) < 0.05 && Math.abs(shares[1]! - 0.1) < 0.03 && Math.abs(shares[2]! - 0.2) < 0.04,
  );
});
