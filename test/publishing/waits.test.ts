/** What is kept of a post in doubt, and of an account or server in trouble: all of it across restarts. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { WorldError } from '../../src/errors.ts';
import { readStandings, resume } from '../../src/publishing/account-health.ts';
import { AccountError, type Found, type Network, type SentPost } from '../../src/publishing/network.ts';
import { publishNext, reconcile } from '../../src/publishing/publish-next.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';
import { fakeNetwork } from './fake-network.ts';

const MINUTE = 60_000;
let store: Store;
let fake: ReturnType<typeof fakeNetwork>;
let clock: number;
beforeEach(() => {
  store = openStore(':memory:');
  fake = fakeNetwork();
  clock = NOON.getTime();
});
afterEach(() => store.close());

const turn = (changes: Partial<Network> = {}, persona = 'ada') => ({
  persona,
  network: { ...fake.network, ...changes },
  now: () => new Date(clock),
});
const iso = (ms: number) => new Date(ms).toISOString();

async function approved(text: string, persona = 'ada'): Promise<number> {
  const id = await insertDraft(store, [text], { persona });
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });
  return id;
}

/** A network of which each look brings the next of these. */
function looking(...founds: (Found | WorldError)[]) {
  const looks: SentPost[] = [];
  const find = async (post: SentPost): Promise<Found> => {
    looks.push(post);
    const found = founds.shift() ?? { kind: 'cannot tell', reason: 'asked too often' };
    if (found instanceof WorldError) throw found;
    return found;
  };
  return { find, looks };
}

const standing = async (persona = 'ada', network = 'fake') =>
  (await readStandings(store, [{ name: persona, account: { network } as never }], new Date(clock))).get(persona)!;

test('the newest own post is asked for before the attempt, and kept with it and with its retry', async () => {
  await approved('mine');
  const { find, looks } = looking({ kind: 'absent' });
  const network = { newestOwnId: async () => '41', find };
  fake.state.mood = 'loses the request';
  await publishNext(store, turn(network));
  clock += MINUTE;
  await reconcile(store, turn(network));

  const attempts = await store.db.selectFrom('attempts').selectAll().orderBy('id').execute();
  assert.deepEqual(
    attempts.map(({ cursor, sends, first_sent_at, started_at }) => [cursor, sends, first_sent_at ?? started_at]),
    [
      ['41', 1, iso(NOON.getTime())],
      ['41', 2, iso(NOON.getTime())],
    ],
  );
  assert.equal(new Set(attempts.map(({ key }) => key)).size, 1);
  assert.deepEqual([looks[0]?.cursor, looks[0]?.attempts], ['41', 1]);
});

test('nothing is asked of the network while nothing is due, nor at a start', async () => {
  const never = () => assert.fail('the network was asked');
  const quiet = { identity: never, newestOwnId: never, verify: never, find: never };

  assert.equal(await publishNext(store, turn(quiet)), null);
  assert.deepEqual(await reconcile(store, turn(quiet)), []);
});

test('a post that is to be looked for later is left alone until then, and tells when it was first missed', async () => {
  await approved('late');
  const { find, looks } = looking({ kind: 'look again', afterMs: 5 * MINUTE }, { kind: 'look again', afterMs: 1 });
  fake.state.mood = 'loses the answer';
  await publishNext(store, turn());

  await reconcile(store, turn({ find }));
  const missedAt = iso(clock);
  clock += 5 * MINUTE - 1;
  await reconcile(store, turn({ find }));
  assert.equal(looks.length, 1);
  clock += 1;
  await reconcile(store, turn({ find }));

  assert.deepEqual(
    looks.map((post) => post.missedAt),
    [null, missedAt],
  );
  assert.deepEqual(new Set(looks.map(({ startedAt, lastSentAt }) => startedAt === lastSentAt)), new Set([true]));
});

test('a look that brings no answer is taken again ever later, and the server is left alone meanwhile', async () => {
  const id = await approved('who knows');
  const gone = new WorldError('502', { retryable: true });
  const { find, looks } = looking(gone, gone, { kind: 'cannot tell', reason: 'it shows too little' });
  fake.state.mood = 'loses the request';
  await publishNext(store, turn());

  for (const waitMs of [MINUTE, 2 * MINUTE]) {
    await reconcile(store, turn({ find }));
    const before = looks.length;
    clock += waitMs - 1;
    await reconcile(store, turn({ find }));
    assert.equal(looks.length, before, `${waitMs}`);
    clock += 1;
  }
  assert.equal((await standing()).outage?.since, NOON.toISOString());
  const [outcome] = await reconcile(store, turn({ find }));

  assert.equal(outcome?.kind, 'held');
  assert.equal((await standing()).outage, null);
  const { status, reason, heldAt } = await getDraft(store, id);
  assert.deepEqual([status, heldAt], ['uncertain', iso(clock)]);
  assert.match(reason!, /^it shows too little; the last answer: connection reset/);
});

test('what is left to its owner is not looked for any more, and the next post goes out', async () => {
  const held = await approved('held');
  const next = await approved('next');
  const { find, looks } = looking({ kind: 'cannot tell', reason: 'hidden' });
  fake.state.mood = 'loses the answer';
  await publishNext(store, turn());
  assert.equal(await publishNext(store, turn()), null);
  await reconcile(store, turn({ find }));
  fake.state.mood = 'takes it';

  assert.deepEqual(await reconcile(store, turn({ find })), []);
  const outcome = await publishNext(store, turn({ find }));

  assert.equal(looks.length, 1);
  assert.deepEqual([outcome?.draftId, outcome?.kind], [next, 'published']);
  assert.equal((await getDraft(store, held)).status, 'uncertain');
});

test('a retry that fails again and again is sent ever later, and at last left to the owner', async () => {
  const id = await approved('stubborn');
  fake.state.mood = 'loses the request';
  await publishNext(store, turn());

  for (let hour = 0; hour < 100; hour++) {
    await reconcile(store, turn({ find: async () => ({ kind: 'absent' }) }));
    clock += 60 * MINUTE;
  }

  assert.equal(fake.sent.length, 8);
  assert.notEqual((await getDraft(store, id)).heldAt, null);
});

test('another persona of the same account waits while a post of the first is in doubt', async () => {
  await approved('doubtful');
  await approved('another', 'bob');
  fake.state.mood = 'loses the answer';
  await publishNext(store, turn());
  fake.state.mood = 'takes it';

  assert.equal(await publishNext(store, turn({}, 'bob')), null);
  await reconcile(store, turn());

  assert.equal((await publishNext(store, turn({}, 'bob')))?.kind, 'published');
});

test('a post that is another draft’s already is not adopted twice', async () => {
  const first = await approved('twins');
  const second = await approved('twins');
  const { url } = (await publishNext(store, turn())) as { url: string };
  const { postId } = await getDraft(store, first);
  fake.state.mood = 'loses the request';
  await publishNext(store, turn());

  const [outcome] = await reconcile(store, turn({ find: async () => ({ kind: 'there', id: postId!, url }) }));

  assert.equal(outcome?.kind, 'held');
  assert.match((await getDraft(store, second)).reason!, new RegExp(`that of draft ${first}`));
});

for (const place of ['identity', 'newestOwnId', 'publish'] as const) {
  test(`an account that is shut out when «${place}» is asked pauses its persona, and its draft stays approved`, async () => {
    const id = await approved('patient');
    const shut = async () => {
      throw new AccountError('401 revoked');
    };

    const outcome = await publishNext(store, turn({ [place]: shut }));

    assert.equal(outcome?.kind, 'postponed');
    assert.equal((await getDraft(store, id)).status, 'approved');
    assert.deepEqual((await standing()).pause, { since: NOON.toISOString(), because: '401 revoked' });
    await resume(store, 'ada');
    assert.equal((await standing()).pause, null);
    assert.equal((await publishNext(store, turn()))?.kind, 'published');
  });
}

test('a wait that the network asked for is the account’s, an outage is the server’s and shared', async () => {
  await approved('busy');
  fake.state.mood = 'is busy';
  await publishNext(store, turn());
  assert.equal((await standing()).wait?.until, iso(clock + 1000));
  assert.equal((await standing('bob')).wait, null);

  clock += MINUTE;
  fake.state.mood = 'is gone';
  await publishNext(store, turn());

  assert.equal((await standing('bob')).wait?.until, iso(clock + MINUTE));
  assert.match((await standing('bob')).outage!.because, /connection reset/);
});

test('the options that a post was first sent with go with its retry', async () => {
  await approved('warned');
  const sent: unknown[] = [];
  const publish: Network['publish'] = async (post) => {
    sent.push(post.options);
    throw new WorldError('lost', { retryable: true });
  };
  const find = async () => ({ kind: 'absent' }) as const;

  await publishNext(store, {
    ...turn({ publish }),
    options: () => ({ visibility: 'unlisted', contentWarning: 'words' }),
  });
  await reconcile(store, { ...turn({ publish, find }), options: () => ({ visibility: 'public' }) });

  assert.deepEqual(sent, [
    { visibility: 'unlisted', contentWarning: 'words' },
    { visibility: 'unlisted', contentWarning: 'words' },
  ]);
});
