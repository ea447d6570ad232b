import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeNext, moreCandidates } from '../../../src/daemon/composing/compose-draft.ts';
import { replay } from '../../../src/daemon/composing/replay.ts';
import { readExamples } from '../../../src/learning/selector/read-examples.ts';
import type { Persona } from '../../../src/persona/persona.ts';
import { readStory } from '../../../src/publishing/story.ts';
import { getDraft, listDrafts } from '../../../src/queue/draft.ts';
import { approve, reject, undo } from '../../../src/review/decide.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { decidedDrafts } from '../../learning/decided-drafts.ts';
import { composing, GOOD, hostSaying, NOON, persona, texts } from '../composing.ts';

const quality = (changes: Partial<Persona['quality']>) => ({
  candidates: 8,
  keep: 5,
  byChance: 0,
  blind: 0,
  readers: 0.25,
  ...changes,
});

test('a blind draft shows several by chance and is marked in the store, with why each is shown', async () => {
  const store = openStore(':memory:');
  const job = composing(store, hostSaying(texts(8, 40)), {
    persona: persona({ quality: quality({ blind: 1 }) }),
  });

  await composeNext(job);

  const draft = await getDraft(store, 1);
  assert.equal(draft.blind, 'several');
  assert.equal(draft.candidates.length, 5);
  assert.ok(draft.candidates.every(({ drawnBy }) => drawnBy === 'chance'));
  assert.deepEqual(
    draft.candidates.map(({ position }) => position),
    [1, 2, 3, 4, 5],
  );
  await moreCandidates(job, 1);
  assert.ok((await getDraft(store, 1)).candidates.every(({ drawnBy }) => drawnBy === 'chance'));
});

test('what was shown by chance among the best is on record, and so is all that was not shown', async () => {
  const store = openStore(':memory:');
  const host = hostSaying(texts(8, 40));

  await composeNext(composing(store, host, { persona: persona({ quality: quality({ byChance: 0.4 }) }) }));

  const { candidates } = await getDraft(store, 1);
  assert.equal(candidates.filter(({ drawnBy }) => drawnBy === 'chance').length, 2);
  const rows = await store.db.selectFrom('candidates').select(['kept', 'passed', 'drawn_by', 'offered_in']).execute();
  assert.deepEqual([rows.length, rows.filter(({ passed }) => passed === 1).length], [8, 8]);
  assert.ok(
    rows.every(
      ({ kept, drawn_by, offered_in }) => (kept === 1) === (drawn_by !== null) && (kept === 1) === (offered_in === 1),
    ),
  );
});

test('what is left over joins the next draft of its opening, scored again, and is offered once', async () => {
  const store = openStore(':memory:');
  const [first, second, third] = [texts(8, 60), texts(2, 40, 20), texts(2, 40, 40)];
  const job = composing(store, hostSaying(first, second, third));
  for (let count = 0; count < 3; count++) await composeNext(job);

  const offered = (await listDrafts(store))
    .toSorted((a, b) => a.id - b.id)
    .map(({ candidates }) => candidates.map(({ text }) => text));

  assert.deepEqual(
    offered.map(({ length }) => length),
    [5, 5, 2],
  );
  assert.equal(offered[1]!.filter((text) => first.includes(text)).length, 3);
  assert.equal(new Set(offered.flat()).size, 12);
  const story = await readStory(store, 2);
  assert.equal(story.rounds[0]!.candidates.length, 5);
  assert.ok((await readStory(store, 1)).rounds[0]!.candidates.length === 8);
  const again = await replay(hostSaying(second), '.', 'ada', story.rounds[0]!).catch((error) => error);
  assert.ok(again instanceof Error || again.candidates.length === 2);
});

test('leftovers that no longer pass, or are older than drafts may wait, are not offered', async () => {
  const store = openStore(':memory:');
  const first = texts(7, 60);
  const job = composing(store, hostSaying(first, texts(1, 40, 20), texts(1, 40, 40)));
  await composeNext(job);

  await composeNext({ ...job, persona: persona({ blocklist: ['Nr'] }) });
  await composeNext({ ...job, now: () => new Date(NOON.getTime() + 30 * 86_400_000) });

  const sizes = (await listDrafts(store)).map(({ id, candidates }) => [id, candidates.length]);
  assert.deepEqual(sizes, [
    [1, 5],
    [2, 1],
  ]);
});

test('once the selector knows, good leftovers fill a draft and nothing new is written', async () => {
  const store = openStore(':memory:');
  await decidedDrafts(store, { drafts: 40 });
  let calls = 0;
  const host = hostSaying(texts(8, 60));
  const counting: typeof host = {
    ...host,
    generate: (call) => {
      calls++;
      return host.generate(call);
    },
  };
  const job = composing(store, counting, { persona: persona({ quality: quality({ keep: 2 }) }) });

  await composeNext(job);
  await composeNext(job);

  assert.equal(calls, 1);
  const [earlier, later] = (await listDrafts(store)).slice(-2);
  assert.equal(later!.candidates.length, 2);
  assert.ok(later!.candidates.every(({ roundId, offeredIn }) => roundId !== offeredIn));
  assert.notDeepEqual(
    later!.candidates.map(({ text }) => text),
    earlier!.candidates.map(({ text }) => text),
  );
});

test('an edit is measured with the next draft, and teaches from then on', async () => {
  const store = openStore(':memory:');
  const job = composing(store, hostSaying([GOOD[0]!], [GOOD[1]!]));
  await composeNext(job);
  await approve(store, { draftId: 1, text: 'Hope is a thing with a bill.', now: NOON, undoMs: 0 });
  assert.equal((await readExamples(store, 'ada')).edits, 0);

  await composeNext(job);

  const { examples, edits } = await readExamples(store, 'ada');
  const edited = examples.at(-1)!;
  assert.equal(edits, 1);
  assert.deepEqual([edited.approved, edited.weight, edited.blind, edited.model], [true, 1, false, '3f9a']);
  assert.equal(edited.hidden?.length, 3);
});

/** 30 decisions about several texts, and enough blind ones about one text each that were right whenever it was sure. */
async function earned(store: Store, modelHash = '3f9a'): Promise<void> {
  const round = { model: 'toy', modelHash, request: { prompt: 'Once' } as never };
  await decidedDrafts(store, { drafts: 300, texts: 1, blind: () => 'one', changes: { round } });
}

const trusting = (share: number) => persona({ review: { falseAccepts: share }, quality: quality({}) });
/** The feature `size` is the logarithm of the characters: every one of these is larger than all that was ever decided. */
const sure = () => hostSaying(texts(8, 200), texts(8, 200, 30), texts(8, 200, 60), texts(8, 200, 90));

test('what it has earned it approves by itself, as a decision of the program that teaches nothing', async () => {
  const store = openStore(':memory:');
  await earned(store);

  const composed = await composeNext(composing(store, sure(), { persona: trusting(0.1), random: () => 0.9 }));

  assert.ok(composed.kind === 'approved', JSON.stringify(composed));
  const draft = await getDraft(store, composed.draftId);
  assert.deepEqual([draft.status, draft.text], ['approved', draft.candidates[0]!.text]);
  const newest = await store.db.selectFrom('decisions').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow();
  assert.deepEqual([newest.draft_id, newest.action, newest.by], [composed.draftId, 'picked', 'program']);
  assert.ok(!(await readExamples(store, 'ada')).examples.some(({ draft }) => draft === composed.draftId));
  await store.db.updateTable('drafts').set({ status: 'publishing' }).where('id', '=', draft.id).execute();
});

test('a fifth of that is asked about all the same, blind and alone', async () => {
  const store = openStore(':memory:');
  await earned(store);

  const composed = await composeNext(composing(store, sure(), { persona: trusting(0.1), random: () => 0.1 }));

  assert.ok(composed.kind === 'queued');
  const { status, blind, candidates } = await getDraft(store, composed.draftId);
  assert.deepEqual([status, blind, candidates.length], ['pending', 'audit', 1]);
});

test('without `falseAccepts`, with too few blind decisions, or with another model, it approves nothing', async () => {
  const [always, few, other] = [openStore(':memory:'), openStore(':memory:'), openStore(':memory:')];
  await earned(always);
  await decidedDrafts(few, { drafts: 300, texts: 1 });
  await earned(other, 'another');
  const compose = (store: Store, by: Persona) =>
    composeNext(composing(store, sure(), { persona: by, random: () => 0.9 }));

  const composed = [
    await compose(always, persona({ quality: quality({}) })),
    await compose(few, trusting(0.1)),
    await compose(other, trusting(0.1)),
  ];

  assert.deepEqual(
    composed.map(({ kind }) => kind),
    ['queued', 'queued', 'queued'],
  );
});

test('an owner who takes back what it approved takes its autonomy away', async () => {
  const store = openStore(':memory:');
  await earned(store);
  const job = composing(store, sure(), { persona: trusting(0.1), random: () => 0.9 });
  let taken = 0;
  for (let composed = await composeNext(job); composed.kind === 'approved'; composed = await composeNext(job)) {
    await undo(store, { draftId: composed.draftId, now: NOON });
    await reject(store, { draftId: composed.draftId, now: NOON });
    assert.ok(++taken < 4, 'it goes on as if nothing had happened');
  }

  assert.ok(taken >= 1);
});
