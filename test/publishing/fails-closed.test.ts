import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../src/errors.ts';
import { publishNext, reconcile } from '../../src/publishing/publish-next.ts';
import { expireDrafts } from '../../src/queue/claim.ts';
import { addCandidates } from '../../src/queue/create-draft.ts';
import { getDraft, listDrafts } from '../../src/queue/draft.ts';
import { approve, askForMore, reject, skip, undo } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { candidate, insertDraft, NOON, ROUND } from '../queue/prepared-drafts.ts';
import { fakeNetwork, MOODS } from './fake-network.ts';

const draftId = fc.integer({ min: 1, max: 2 });
const step = fc.oneof(
  fc.record({ do: fc.constant('pick' as const), draftId, candidateId: fc.constantFrom(undefined, 1, 4) }),
  fc.record({ do: fc.constant('edit' as const), draftId, text: fc.string({ maxLength: 8 }) }),
  fc.record({ do: fc.constantFrom('reject', 'skip', 'undo', 'more', 'change the text', 'force'), draftId }),
  fc.record({ do: fc.constant('network' as const), mood: fc.constantFrom(...MOODS) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(50, 100, 60_000, 8 * 86_400_000) }),
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('publish', 'publish', 'reconcile', 'expire') }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Runs one step; a UserError is the store saying no, which is what it is for. */
async function run(store: Store, world: World, step: Step): Promise<void> {
  const now = new Date(world.time);
  const turn = { persona: 'ada', network: world.fake.network, now: () => now };
  try {
    switch (step.do) {
      case 'pick':
        await approve(store, { draftId: step.draftId, candidateId: step.candidateId, now, undoMs: 100 });
        break;
      case 'edit':
        await approve(store, { draftId: step.draftId, text: step.text, now, undoMs: 100 });
        break;
      case 'reject':
        await reject(store, { draftId: step.draftId, now });
        break;
      case 'skip':
        await skip(store, { draftId: step.draftId, now });
        break;
      case 'undo':
        await undo(store, { draftId: step.draftId, now });
        break;
      case 'more':
        await askForMore(store, { draftId: step.draftId, now });
        await addCandidates(store, step.draftId, { round: ROUND, candidates: [candidate('more')], now });
        break;
      case 'change the text': // something outside the program writes into the store
        await store.db.updateTable('drafts').set({ text: 'never approved' }).where('id', '=', step.draftId).execute();
        break;
      case 'force':
        await store.db
          .updateTable('drafts')
          .set({ status: 'approved', text: 'never approved', publish_at: NOON.toISOString() })
          .where('id', '=', step.draftId)
          .where('status', '=', 'pending')
          .execute();
        break;
      case 'network':
        world.fake.state.mood = step.mood;
        break;
      case 'wait':
        world.time += step.ms;
        break;
      case 'publish':
        await publishNext(store, turn);
        break;
      case 'reconcile':
        await reconcile(store, turn);
        break;
      case 'expire':
        await expireDrafts(store, { persona: 'ada', expireAfterMs: 7 * 86_400_000, now });
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

interface World {
  readonly fake: ReturnType<typeof fakeNetwork>;
  time: number;
}

test('whatever the order of decisions, failures and waits: only approved words are posted, and each draft once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const store = openStore(':memory:');
      const world = { fake: fakeNetwork(), time: NOON.getTime() };
      await insertDraft(store, ['a1', 'a2', 'a3']);
      await insertDraft(store, ['b1', 'b2', 'b3']);

      for (const step of steps) await run(store, world, step);
      world.fake.state.mood = 'takes it';
      await run(store, world, { do: 'wait', ms: 86_400_000 }); // whatever it is looked for again after
      await run(store, world, { do: 'reconcile' });

      const decisions = await store.db.selectFrom('decisions').selectAll().orderBy('id').execute();
      const approvals = new Set(decisions.filter(({ text }) => text !== null).map(({ text }) => text));
      for (const text of world.fake.sent) assert.ok(approvals.has(text), `"${text}" was sent but never approved`);

      for (const draft of await listDrafts(store)) {
        const attempts = await store.db.selectFrom('attempts').selectAll().where('draft_id', '=', draft.id).execute();
        const posted = new Set(attempts.map(({ key }) => key).filter((key) => world.fake.posts.has(key)));
        assert.equal(posted.size, draft.status === 'published' ? 1 : 0, `draft ${draft.id} is ${draft.status}`);
        const last = decisions.findLast((decision) => decision.draft_id === draft.id && decision.text !== null);
        for (const key of posted) assert.equal(world.fake.posts.get(key), last?.text);
      }
      await store.close();
    }),
    { numRuns: 150 },
  );
});

test('a text changed behind the owner’s back is not published, and the draft is not lost', async () => {
  const store = openStore(':memory:');
  const fake = fakeNetwork();
  const id = await insertDraft(store, ['approved words']);
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });
  await store.db.updateTable('drafts').set({ text: 'other words' }).where('id', '=', id).execute();

  assert.equal(await publishNext(store, { persona: 'ada', network: fake.network, now: () => NOON }), null);

  assert.deepEqual(fake.sent, []);
  assert.equal((await getDraft(store, id)).status, 'approved');
  await store.close();
});
