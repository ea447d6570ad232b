/** What persona.yaml says of who sees posts and who may reply, down to what the network is sent; and what a post may cost, before it is sent. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, test } from 'node:test';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { readStandings } from '../../src/publishing/account-health.ts';
import { takeTurn } from '../../src/publishing/take-turn.ts';
import { keepUsage } from '../../src/publishing/usage.ts';
import { createDraft } from '../../src/queue/create-draft.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { toyHome, writePersona } from '../daemon/toy-home.ts';
import { draftOf, NOON } from '../queue/prepared-drafts.ts';
import { HANDLE, PASSWORD, startBluesky } from './servers/bluesky-server.ts';
import { mastodonServer } from './servers/mastodon-server.ts';
import { BOB, startXServer, type XServer } from './servers/x-server.ts';

process.env.XDG_STATE_HOME = mkdtempSync(path.join(tmpdir(), 'eidolon-state-'));

const home = toyHome();
let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});
const holder = () => ({ home, store, now: () => NOON, persona: loadPersona(path.join(home, 'personas', 'ada')) });

function account(settings: string, token = 'planted'): void {
  writePersona(home, 'ada', `undo: 0s\nlanguage: en-GB\naccount: { ${settings} }`);
  writeFileSync(path.join(home, '.env'), `KEY='planted'\nTOKEN='${token}'\nPASSWORD='${PASSWORD}'\n`);
}
const onX = ({ url }: XServer) =>
  `network: x, server: "${url}", appKey: KEY, appSecret: KEY, accessToken: TOKEN, accessSecret: TOKEN`;

async function approved(text: string, inReplyTo?: string, audience?: 'direct' | 'public'): Promise<number> {
  const reply = inReplyTo === undefined ? {} : ({ kind: 'reply', inReplyTo, audience: audience ?? 'public' } as const);
  const id = await createDraft(store, { ...draftOf([text], { now: NOON, dueAt: NOON }), ...reply });
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });
  return id;
}

async function turn(): Promise<string | undefined> {
  const [outcome] = await takeTurn(holder());
  return outcome?.kind;
}

test('Mastodon is sent the visibility of posts, that of replies, the warning and the language of persona.yaml', async () => {
  await using server = await mastodonServer();
  const settings = 'visibility: followers, replyVisibility: unlisted, contentWarning: words';
  account(`network: mastodon, server: "${server.url}", token: TOKEN, ${settings}`, server.token);
  server.mention({ acct: 'bob@example.social' }, '@ada And fear?', { visibility: 'direct' });
  const asked = server.postByHand('Something to answer.');

  await approved('Hope is a debt.');
  await turn();
  await approved('To everyone.', asked, 'public');
  await turn();
  await approved('To you alone.', asked, 'direct');
  await turn();

  const sent = server.posts.slice(-3).map(({ status }) => [status.visibility, status.spoilerText, status.language]);
  assert.deepEqual(sent, [
    ['private', 'words', 'en'],
    ['unlisted', 'words', 'en'],
    ['direct', 'words', 'en'],
  ]);
});

for (const [setting, sent] of [
  ['following', 'following'],
  ['mentioned', 'mentionedUsers'],
  [undefined, undefined],
] as const) {
  test(`X is sent «${sent}» where replySettings are «${setting}», with a post and not with a reply`, async () => {
    await using server = await startXServer();
    account(onX(server) + (setting ? `, replySettings: ${setting}` : ''));
    const { id } = server.add(BOB, '@ada What is hope?');

    await approved('Hope is a debt.');
    assert.equal(await turn(), 'published');
    await approved('A debt.', id);
    assert.equal(await turn(), 'published');

    const bodies = server.requests.filter(({ path }) => path === '/2/tweets').map(({ body }) => JSON.parse(body));
    assert.deepEqual(
      bodies.map((body) => body.reply_settings),
      [sent, undefined],
    );
  });
}

for (const [setting, rule] of [
  ['following', ['app.bsky.feed.threadgate#followingRule']],
  ['mentioned', ['app.bsky.feed.threadgate#mentionRule']],
  [undefined, undefined],
] as const) {
  test(`on Bluesky a post has a gate for «${setting}», under its own key, and its language and label`, async (t) => {
    const server = await startBluesky(t);
    const gate = setting ? `, replySettings: ${setting}` : '';
    account(
      `network: bluesky, server: "${server.url}", handle: ${HANDLE}, password: PASSWORD, contentWarning: nudity${gate}`,
    );

    await approved('Hope is a debt.');
    assert.equal(await turn(), 'published');

    const [post] = [...server.records].filter(([key]) => key.startsWith('app.bsky.feed.post/'));
    const gates = [...server.records].filter(([key]) => key.startsWith('app.bsky.feed.threadgate/'));
    assert.deepEqual(
      gates.map(([key, { value }]) => [
        key.split('/')[1],
        (value.allow as { $type: string }[]).map(({ $type }) => $type),
      ]),
      rule ? [[post![0].split('/')[1], [...rule]]] : [],
    );
    assert.deepEqual(post![1].value.langs, ['en-GB']);
    assert.match(JSON.stringify(post![1].value.labels), /nudity/);
  });
}

async function spend(dollars: number): Promise<void> {
  await keepUsage(store, 'ada', () => NOON).spent({ kind: 'post', count: 1, dollars });
}

test('on X a post with a link waits for the next month where its price is not left, and one without goes out', async () => {
  await using server = await startXServer();
  account(`${onX(server)}, budget: { dollarsPerMonth: 0.3 }`);
  await spend(0.11);
  const id = await approved('Hope: https://example.org/hope');
  const asked = server.requests.length;

  assert.equal(await turn(), undefined);

  const { wait } = (await readStandings(store, [holder().persona], NOON)).get('ada')!;
  assert.equal(server.requests.length, asked, 'nothing is asked of X for it');
  assert.equal((await getDraft(store, id)).status, 'approved');
  assert.match(wait!.because, /^the next post costs \$0\.2, and \$0\.190 are left of \$0\.3 a month$/);
  assert.match(wait!.until, /-01T00:00:00\.000Z$/);

  store = openStore(':memory:');
  await spend(0.11);
  await approved('Hope is a debt.');
  assert.equal(await turn(), 'published');
});

test('a thread is begun on X only when there is money for all of it', async () => {
  await using server = await startXServer();
  const text = Array.from({ length: 20 }, (_, index) => `This is sentence number ${index} of a longer story.`).join(
    ' ',
  );
  const begin = async (used: number) => {
    store = openStore(':memory:');
    await spend(used);
    await approved(text);
    return turn();
  };
  account(`${onX(server)}, threads: true, budget: { dollarsPerMonth: 0.2 }`);

  assert.equal(await begin(0.16), undefined, 'four posts of $0.015 are more than $0.04');
  assert.equal(server.posts.length, 0);
  await begin(0.05);

  assert.ok(server.posts.length > 0);
});
