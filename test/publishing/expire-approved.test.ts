import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { WorldError } from '../../src/errors.ts';
import { settingsSchema } from '../../src/persona/settings.ts';
import { expireApproved } from '../../src/publishing/expire-approved.ts';
import { Refusal } from '../../src/publishing/network.ts';
import { publishNext, reconcile, type Turn } from '../../src/publishing/publish-next.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';
import { fakeNetwork } from './fake-network.ts';

const DAY = 86_400_000;
let store: Store;
let clock: number;
let fake: ReturnType<typeof fakeNetwork>;
beforeEach(() => {
  store = openStore(':memory:');
  clock = NOON.getTime();
  fake = fakeNetwork();
});
afterEach(() => store.close());

const persona = {
  name: 'ada',
  account: { network: 'mastodon', server: 'https://example.social', budget: {} } as never,
  schedule: settingsSchema.parse({ name: 'ada', model: 'toy' }).schedule,
  queue: { ahead: 3, expireAfterMs: 7 * DAY },
};
const turn = (changes: Partial<Turn> = {}): Turn => ({
  persona: 'ada',
  network: fake.network,
  server: 'example.social',
  now: () => new Date(clock),
  ...changes,
});

async function approved(text: string): Promise<number> {
  const id = await insertDraft(store, [text]);
  await approve(store, { draftId: id, now: new Date(clock), undoMs: 0 });
  return id;
}
const expire = () => expireApproved(store, persona, new Date(clock));
const down = async (): Promise<never> => {
  throw new WorldError('example.social is out of order', { retryable: true });
};

test('a draft that only waits its turn does not expire, however long', async () => {
  const id = await approved('patient');
  clock += 60 * DAY;

  assert.equal(await expire(), 0);
  assert.equal((await getDraft(store, id)).status, 'approved');
});

test('a server that was down for a day only delays; one that is down for longer than the persona’s rule expires its drafts', async () => {
  const id = await approved('late');
  const network = { ...fake.network, identity: down };
  await publishNext(store, turn({ network }));
  clock += DAY;
  assert.equal(await expire(), 0);

  clock += 6 * DAY + 1;
  assert.equal(await expire(), 1);

  const { status, reason } = await getDraft(store, id);
  assert.equal(status, 'expired');
  assert.match(reason!, /^it could not be sent in time: example\.social is out of order/);
});

test('a backlog is not swept away by a short outage long after it was approved', async () => {
  await approved('backlog');
  clock += 60 * DAY;
  await publishNext(store, turn({ network: { ...fake.network, identity: down } }));
  clock += 60_000;

  assert.equal(await expire(), 0);
});

test('a draft that the network puts off again and again expires in the end', async () => {
  const id = await approved('put off');
  const publish = async () => {
    throw new Refusal('not ready', { retryable: true, retryAfterMs: 60_000 });
  };
  for (let day = 0; day < 8; day++, clock += DAY) {
    await publishNext(store, turn({ network: { ...fake.network, publish } }));
  }

  assert.equal(await expire(), 1);
  assert.equal((await getDraft(store, id)).status, 'expired');
});

test('what was sent in vain and is certainly not there is not sent any more when it has had its time', async () => {
  const id = await approved('stale');
  fake.state.mood = 'loses the request';
  await publishNext(store, turn());
  fake.state.mood = 'takes it';
  clock += 8 * DAY;

  const [outcome] = await reconcile(store, turn({ expireAfterMs: 7 * DAY }));

  assert.equal(outcome?.kind, 'failed');
  assert.equal((await getDraft(store, id)).status, 'expired');
  assert.equal(fake.posts.size, 0);
});
