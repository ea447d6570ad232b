import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { expireDrafts } from '../../src/queue/claim.ts';
import { addCandidates, createDraft, recordSilence } from '../../src/queue/create-draft.ts';
import { draftJson, getDraft, listDrafts } from '../../src/queue/draft.ts';
import { move } from '../../src/queue/status.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { candidate, draftOf, insertDraft, NOON, ROUND } from './prepared-drafts.ts';

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});
afterEach(() => store.close());

const daysAfterNoon = (days: number) => new Date(NOON.getTime() + days * 86_400_000);

test('a new draft waits for its owner, with its kept candidates best first', async () => {
  const id = await createDraft(store, {
    ...draftOf([]),
    candidates: [
      candidate('fair', { score: 0.4, seed: 7 }),
      candidate('bad', { kept: false, score: 0, seed: 8 }),
      candidate('good', { score: 0.8, seed: 9 }),
    ],
  });

  const draft = await getDraft(store, id);
  assert.equal(draft.status, 'pending');
  assert.equal(draft.text, null);
  assert.deepEqual(
    draft.candidates.map(({ text, position, seed }) => [text, position, seed]),
    [
      ['good', 1, 9],
      ['fair', 2, 7],
    ],
  );
  assert.equal((await store.db.selectFrom('candidates').selectAll().execute()).length, 3);
});

test('a draft that offers nothing is not made', async () => {
  const empty = createDraft(store, { ...draftOf([]), candidates: [candidate('bad', { kept: false })] });

  await assert.rejects(empty, /candidate that its owner can pick/);
  assert.deepEqual(await listDrafts(store), []);
});

test('drafts are listed by slot, and by persona and status where asked', async () => {
  const late = await insertDraft(store, ['late'], { dueAt: daysAfterNoon(2) });
  const soon = await insertDraft(store, ['soon'], { dueAt: daysAfterNoon(1) });
  const other = await insertDraft(store, ['other'], { persona: 'bob' });
  await move(store, late, { from: 'pending', to: 'rejected' });

  const ids = async (filter: Parameters<typeof listDrafts>[1]) => (await listDrafts(store, filter)).map(({ id }) => id);

  assert.deepEqual(await ids({}), [other, soon, late]);
  assert.deepEqual(await ids({ persona: 'ada' }), [soon, late]);
  assert.deepEqual(await ids({ persona: 'ada', status: 'pending' }), [soon]);
  assert.deepEqual(await ids({ persona: 'nobody' }), []);
});

test('the JSON of a draft keeps its shape', async () => {
  const id = await insertDraft(store, ['Hope is a debt.']);

  assert.deepEqual(JSON.parse(JSON.stringify(draftJson(await getDraft(store, id)))), {
    id,
    persona: 'ada',
    kind: 'post',
    status: 'pending',
    dueAt: '2026-03-01T12:00:00.000Z',
    text: null,
    url: null,
    blind: false,
    candidates: [
      {
        id: 1,
        text: 'Hope is a debt.',
        score: 0.9,
        gates: [
          { name: 'length', passed: true },
          { name: 'copied', passed: true },
        ],
        features: [{ name: 'fluent', value: -2.6, part: 0.21 }],
      },
    ],
  });
});

test('a draft that is not there is one line that says where to look', async () => {
  await assert.rejects(
    getDraft(store, 404),
    (error) => error instanceof UserError && /No draft 404/.test(error.message),
  );
});

test('more candidates stand after the earlier ones, and a fruitless round is recorded', async () => {
  const id = await insertDraft(store, ['first']);

  await addCandidates(store, id, { round: ROUND, candidates: [candidate('second')], now: NOON });
  await addCandidates(store, id, { round: ROUND, candidates: [candidate('none', { kept: false })], now: NOON });

  assert.deepEqual(
    (await getDraft(store, id)).candidates.map(({ text }) => text),
    ['first', 'second'],
  );
  const rounds = await store.db.selectFrom('rounds').select(['outcome', 'reason']).execute();
  assert.deepEqual(
    rounds.map(({ outcome }) => outcome),
    ['kept', 'kept', 'none passed'],
  );
});

test('a decided draft takes no more candidates', async () => {
  const id = await insertDraft(store, ['first']);
  await move(store, id, { from: 'pending', to: 'rejected' });

  const late = addCandidates(store, id, { round: ROUND, candidates: [candidate('late')], now: NOON });

  await assert.rejects(late, UserError);
  assert.equal((await store.db.selectFrom('rounds').selectAll().execute()).length, 1);
});

test('a silence keeps its reason and its refused candidates', async () => {
  const refused = candidate('sh', { kept: false, gates: [{ name: 'length', passed: false, reason: '2 of 20' }] });

  await recordSilence(store, {
    persona: 'ada',
    outcome: 'none passed',
    reason: 'no candidate passed every gate',
    round: ROUND,
    candidates: [refused],
    now: NOON,
  });

  const round = await store.db.selectFrom('rounds').selectAll().executeTakeFirstOrThrow();
  assert.equal(round.draft_id, null);
  assert.equal(round.outcome, 'none passed');
  assert.deepEqual(JSON.parse(round.request), JSON.parse(JSON.stringify(ROUND.request)));
  assert.equal((await store.db.selectFrom('candidates').selectAll().execute()).length, 1);
});

test('what nobody decided expires once its slot is long past, and only then', async () => {
  const expiry = { persona: 'ada', expireAfterMs: 7 * 86_400_000 };
  const id = await insertDraft(store, ['old']);
  const decided = await insertDraft(store, ['decided']);
  await move(store, decided, { from: 'pending', to: 'rejected' });
  await insertDraft(store, ["another's"], { persona: 'bob' });

  assert.equal(await expireDrafts(store, { ...expiry, now: daysAfterNoon(7) }), 0);
  assert.equal(await expireDrafts(store, { ...expiry, now: daysAfterNoon(7.01) }), 1);

  const draft = await getDraft(store, id);
  assert.equal(draft.status, 'expired');
  assert.match(draft.reason ?? '', /nobody decided/);
});
