import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeNext, moreCandidates } from '../../../src/daemon/composing/compose-draft.ts';
import { UserError, WorldError } from '../../../src/errors.ts';
import { unpackHidden } from '../../../src/queue/candidate.ts';
import { getDraft, listDrafts } from '../../../src/queue/draft.ts';
import { reject } from '../../../src/review/decide.ts';
import { openStore } from '../../../src/store/store.ts';
import { BAD, composing, GOOD, hostSaying, NOON, persona } from '../composing.ts';

const HOUR = 3_600_000;

test('what passes every gate is offered, best first; what does not is on record', async () => {
  const store = openStore(':memory:');

  const composed = await composeNext(composing(store, hostSaying([...BAD, ...GOOD])));

  const [draft] = await listDrafts(store);
  const all = await store.db.selectFrom('candidates').select(['text', 'kept']).execute();
  assert.deepEqual([composed.kind, draft?.status, draft?.prompt], ['queued', 'pending', 'Once']);
  assert.deepEqual(draft?.candidates.map(({ text }) => text).toSorted(), [...GOOD].toSorted());
  assert.ok(draft.candidates[0]!.score >= draft.candidates[1]!.score);
  assert.deepEqual(
    all.filter(({ kept }) => kept === 0).map(({ text }) => text),
    BAD,
  );
});

test('at most `keep` candidates are offered, and none of them twice', async () => {
  const [store, other] = [openStore(':memory:'), openStore(':memory:')];
  const quality = { candidates: 8, keep: 1, byChance: 0, blind: 0, readers: 0 };

  await composeNext(composing(store, hostSaying([...GOOD, ...GOOD]), { persona: persona({ quality }) }));
  await composeNext(composing(other, hostSaying(['A spoon is a very small boat.', 'A spoon is a very small boat.'])));

  const drafts = [...(await listDrafts(store)), ...(await listDrafts(other))];
  assert.deepEqual(
    drafts.map(({ candidates }) => candidates.length),
    [1, 1],
  );
});

test('a round in which nothing passes is a silence with its reason', async () => {
  const store = openStore(':memory:');

  const composed = await composeNext(composing(store, hostSaying(BAD)));

  assert.deepEqual(composed, {
    kind: 'none passed',
    reason: 'none of 2 candidates passed every gate (stopped by too short 1, unfinished 1)',
  });
  const rounds = await store.db.selectFrom('rounds').select(['outcome', 'draft_id']).execute();
  assert.deepEqual({ ...rounds[0] }, { outcome: 'none passed', draft_id: null });
  assert.deepEqual(await listDrafts(store), []);
});

test('a round that fails is recorded with its reason, and the failure reaches the caller', async () => {
  const store = openStore(':memory:');
  const host = { ...hostSaying(), generate: () => Promise.reject(new UserError('No model in models/toy')) };

  await assert.rejects(composeNext(composing(store, host)), UserError);

  const { outcome, reason } = await store.db.selectFrom('rounds').selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([outcome, reason], ['failed', 'No model in models/toy']);
});

test('a busy host and a cancelled round leave no trace', async () => {
  const store = openStore(':memory:');
  const busy = new WorldError('busy', { retryable: true });
  const host = { ...hostSaying(), generate: () => Promise.reject(busy) };

  await assert.rejects(composeNext(composing(store, host)), WorldError);
  await assert.rejects(composeNext(composing(store, host, { signal: AbortSignal.abort() })));

  assert.deepEqual(await store.db.selectFrom('rounds').selectAll().execute(), []);
});

test('the first slot is now, the next ones follow the schedule', async () => {
  const store = openStore(':memory:');
  const host = hostSaying([GOOD[0]!], [GOOD[1]!]);
  const job = composing(store, host);

  await composeNext(job);
  await composeNext(job);

  const [first, second] = (await listDrafts(store)).map(({ dueAt }) => Date.parse(dueAt) - NOON.getTime());
  assert.equal(first, 0);
  assert.ok(second! >= 2 * HOUR && second! <= 6 * HOUR);
});

test('a slot that a rejection gave back is filled first', async () => {
  const store = openStore(':memory:');
  const host = hostSaying(
    [GOOD[0]!],
    [GOOD[1]!],
    ['A spoon is a very small boat.'],
    ['Rain is the sky, paying a visit.'],
  );
  const job = composing(store, host);
  for (let count = 0; count < 3; count++) await composeNext(job);
  const { dueAt } = await getDraft(store, 2);

  await reject(store, { draftId: 2, now: NOON });
  await composeNext(job);

  assert.equal((await getDraft(store, 4)).dueAt, dueAt);
});

test('what was said before is not said again', async () => {
  const store = openStore(':memory:');
  const text = 'A dictionary is a graveyard in which the words are still awake.';
  await composeNext(composing(store, hostSaying([text])));

  const again = await composeNext(composing(store, hostSaying([`${text} So they say.`])));

  assert.ok(again.kind === 'none passed' && /copied/.test(again.reason));
});

test('an opening rests until half of the others were used', async () => {
  const store = openStore(':memory:');
  const texts = ['A spoon is a very small boat.', 'Rain is the sky, paying a visit.', ...GOOD];
  const job = composing(store, hostSaying(...texts.map((text) => [text])), {
    persona: persona({ prompts: ['a', 'b'] }),
  });

  for (const _ of texts) await composeNext(job);

  const prompts = (await listDrafts(store)).toSorted((a, b) => a.id - b.id).map(({ prompt }) => prompt);
  assert.ok(prompts.every((prompt, index) => prompt !== prompts[index - 1]));
});

test('more candidates join those of the draft, from the same opening', async () => {
  const store = openStore(':memory:');
  const job = composing(store, hostSaying([GOOD[0]!], [GOOD[1]!]), { persona: persona({ prompts: ['a', 'b', 'c'] }) });
  await composeNext(job);

  assert.equal(await moreCandidates(job, 1), 1);

  const { candidates, prompt } = await getDraft(store, 1);
  const requests = await store.db.selectFrom('rounds').select('request').execute();
  assert.deepEqual(
    candidates.map(({ text }) => text),
    GOOD,
  );
  assert.deepEqual(
    requests.map(({ request }) => JSON.parse(request).prompt),
    [prompt, prompt],
  );
});

test('of every candidate is kept what the selector learns from: features, the prior, the hidden state and its model', async () => {
  const store = openStore(':memory:');

  await composeNext(composing(store, hostSaying([BAD[0]!, GOOD[0]!])));

  const rows = await store.db.selectFrom('candidates').selectAll().orderBy('id').execute();
  assert.deepEqual(
    rows.map(({ passed, kept, offered_in, hidden_model }) => [passed, kept, offered_in, hidden_model]),
    [
      [0, 0, null, '3f9a'],
      [1, 1, 1, '3f9a'],
    ],
  );
  const good = rows[1]!;
  assert.equal(good.prior, good.score);
  const state = unpackHidden(good.hidden!);
  assert.deepEqual(
    [...state].map((value) => value.toFixed(2)),
    ['0.37', '0.80', '0.50'],
  );
  const fluency = JSON.parse(good.features).find(({ name }: { name: string }) => name === 'fluency');
  assert.equal(fluency.value, -2.5);
});
