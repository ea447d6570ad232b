import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { recordAnswer, recordContext, recordCorrection, recordedAnswers } from '../../src/chat/record-answer.ts';
import { decidedTexts } from '../../src/learning/adapter/taught-texts.ts';
import { readVerdicts } from '../../src/learning/read-verdicts.ts';
import { readExamples } from '../../src/learning/selector/read-examples.ts';
import { draftsForOwner, getDraft, listDrafts } from '../../src/queue/draft.ts';
import { statusSentence } from '../../src/review/status-sentence.ts';
import { openStore } from '../../src/store/store.ts';
import { candidate, NOON, ROUND } from '../queue/prepared-drafts.ts';

const store = openStore(':memory:');
after(() => store.close());

const context = [{ by: 'another', text: 'What is hope?' }] as const;
const answer = (persona: string, text: string, choice: number | null) => ({
  persona,
  chat: 'tea',
  turn: 2,
  context,
  round: ROUND,
  candidates: ['Hope is.', 'No.', 'Who asks?'].map((one) => candidate(one)),
  choice,
  text,
  now: NOON,
});

test('a pick is a decision: the selector learns from all that was offered, the adapter from what was picked and what that is to', async () => {
  await recordAnswer(store, answer('ada', 'No.', 2));

  const { examples, orphans } = await readExamples(store, 'ada');
  assert.deepEqual(
    examples.map(({ approved, weight }) => [approved, weight]),
    [
      [false, 0.5],
      [true, 1],
      [false, 0.5],
    ],
  );
  assert.equal(orphans, 0);
  const [decided] = await decidedTexts(store, 'ada');
  assert.deepEqual(
    [decided?.text, decided?.context, decided?.approved, decided?.edited],
    ['No.', [...context], true, false],
  );
});

test('what was typed stands in the place of all that was offered', async () => {
  await recordAnswer(store, answer('bea', 'A cough.', null));

  const { examples, orphans } = await readExamples(store, 'bea');
  assert.deepEqual(
    examples.map(({ approved }) => approved),
    [false, false, false],
  );
  assert.equal(orphans, 0);
  const [decided] = await decidedTexts(store, 'bea');
  assert.deepEqual([decided?.text, decided?.edited], ['A cough.', true]);
});

test('the corrected turn, and not the original, is what learning sees; what it is to is read as it stands now', async () => {
  const draftId = await recordAnswer(store, answer('cyn', 'No.', 2));
  await recordCorrection(store, { draftId, text: 'Not yet.', now: NOON });
  await recordContext(store, { draftId, context: [{ by: 'another', text: 'What is love?' }] });

  assert.deepEqual(
    (await decidedTexts(store, 'cyn')).map(({ text, context }) => [text, context]),
    [['Not yet.', [{ by: 'another', text: 'What is love?' }]]],
  );
  assert.deepEqual((await recordedAnswers(store, 'cyn', 'tea')).get(2)?.text, 'Not yet.');
});

test('it waits for nobody, goes nowhere, and is no rate of approval', async () => {
  const draftId = await recordAnswer(store, answer('dan', 'No.', 2));

  assert.deepEqual(await draftsForOwner(store, 'dan'), []);
  assert.deepEqual(await listDrafts(store, { persona: 'dan' }), []);
  assert.deepEqual(await readVerdicts(store, 'dan'), []);
  const draft = await getDraft(store, draftId);
  assert.equal(draft.status, 'expired', 'from which nothing is published');
  assert.match(statusSentence(draft, NOON, 'UTC'), /was said to its owner in the conversation tea, and goes nowhere/);
});

test('a turn is recorded once', async () => {
  await recordAnswer(store, answer('eve', 'No.', 2));

  await assert.rejects(recordAnswer(store, answer('eve', 'No.', 2)), /UNIQUE/);
  assert.equal((await decidedTexts(store, 'eve')).length, 1);
});

test('"No" to one question is not "no" to another', async () => {
  await recordAnswer(store, answer('fay', 'No.', 2));
  const other = { ...answer('fay', 'No.', 2), turn: 4, context: [{ by: 'another', text: 'Tea?' }] as const };
  await recordAnswer(store, other);

  assert.equal((await decidedTexts(store, 'fay')).length, 2);
});
