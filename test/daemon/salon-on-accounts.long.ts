/** A salon of two accounts on one Mastodon server, with the daemon that posts what is approved, as processes of their own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore, storeFile } from '../../src/store/store.ts';
import { runEidolon } from '../cli/run-eidolon.ts';
import { mastodonServer } from '../publishing/servers/mastodon-server.ts';
import { keepInEnvironmentFile } from './networks-home.ts';
import { runDaemon } from './running-daemon.ts';
import { toyHome, writePersona } from './toy-home.ts';

async function salonHome(replies = '') {
  const server = await mastodonServer();
  const home = toyHome();
  const settings = (token: string) =>
    `undo: 0s\naccount: { network: mastodon, server: "${server.url}", token: ${token} }\nschedule: { replies: { ${replies} } }`;
  writePersona(home, 'ada', settings('ADA_TOKEN'));
  writePersona(home, 'bob', settings('BOB_TOKEN'));
  keepInEnvironmentFile(home, { ADA_TOKEN: server.token, BOB_TOKEN: server.join('bob') });
  return { server, home };
}

/** Whoever reviews approves each turn as it comes. */
const approving = (home: string) => async (line: string) => {
  const { draft, status } = JSON.parse(line);
  if (status === 'pending') await runEidolon(['queue', 'approve', String(draft)], { home });
  return undefined;
};

type Held = Awaited<ReturnType<typeof salonHome>> & Awaited<ReturnType<typeof runEidolon>>;

/** What they say is drawn, and two dull turns end every salon: then another one is held. */
async function heldToItsEnd(replies: string, options: readonly string[], look: (held: Held) => Promise<void>) {
  for (let tries = 0; tries < 5; tries++) {
    const { server, home } = await salonHome(replies);
    await using _ = server;
    await using _daemon = runDaemon(home);
    const argv = ['salon', 'ada', 'bob', '--accounts', '--opening', 'What is rain for?', '--json', ...options];
    const held = await runEidolon(argv, { home, answer: approving(home) });
    if (!/"end":"(dull|loop)"/.test(held.stdout)) return await look({ server, home, ...held });
  }
  assert.fail('Five salons ended by themselves');
}

test('each turn is posted by its persona when it is approved, as an answer to the one before, and the daemon answers none a second time', async () => {
  await heldToItsEnd('', ['--turns', '4'], async ({ server, home, status, stderr }) => {
    assert.equal(status, 0, stderr);
    const posts = server.posts.map(({ status }) => status);
    assert.deepEqual(
      posts.map(({ account }) => account.acct),
      ['ada', 'bob', 'ada', 'bob'],
    );
    assert.deepEqual(
      posts.map(({ inReplyToId }) => inReplyToId),
      [null, ...posts.slice(0, -1).map(({ id }) => id)],
    );
    const store = openStore(storeFile(home));
    const published = await store.db
      .selectFrom('drafts')
      .innerJoin('decisions', 'decisions.draft_id', 'drafts.id')
      .select(['drafts.persona', 'drafts.kind', 'decisions.action', 'decisions.by'])
      .where('drafts.status', '=', 'published')
      .orderBy('drafts.id')
      .execute();
    const mentions = await store.db.selectFrom('mentions').select(['persona', 'status']).orderBy('id').execute();
    await store.close();
    assert.deepEqual(
      published.map(({ persona, kind, action, by }) => [persona, kind, action, by]),
      [
        ['ada', 'post', 'picked', 'owner'],
        ['bob', 'reply', 'picked', 'owner'],
        ['ada', 'reply', 'picked', 'owner'],
        ['bob', 'reply', 'picked', 'owner'],
      ],
    );
    assert.ok(mentions.every(({ status }) => status !== 'waiting'));
  });
});

test('it ends where a persona has given a thread its replies', async () => {
  await heldToItsEnd('perThread: 1', [], async ({ server, status, stderr }) => {
    assert.deepEqual([status, server.posts.length], [1, 3]);
    assert.match(stderr, /The salon ends: bob does not answer draft \d+, the conversation has 1 replies of it already/);
  });
});
