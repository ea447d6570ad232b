/** What an owner, a server or a text may have wrong: each is one line that says what to do, and nothing is posted. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, type TestContext, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { readStandings } from '../../src/publishing/account-health.ts';
import { AccountError } from '../../src/publishing/network.ts';
import { accountNetwork } from '../../src/publishing/networks.ts';
import { takeTurn } from '../../src/publishing/take-turn.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { toyHome, writePersona } from '../daemon/toy-home.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';
import { HANDLE, PASSWORD, startBluesky } from './servers/bluesky-server.ts';
import { mastodonServer } from './servers/mastodon-server.ts';
import { startXServer } from './servers/x-server.ts';

process.env.XDG_STATE_HOME = mkdtempSync(path.join(tmpdir(), 'eidolon-state-'));

const home = toyHome();
let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});

const persona = () => loadPersona(path.join(home, 'personas', 'ada'));
const VALUES = { KEY: 'planted-key', TOKEN: 'planted-token', PASSWORD } as const;

function account(settings: string, values: Readonly<Record<string, string>> = VALUES): void {
  writePersona(home, 'ada', `undo: 0s\naccount: { ${settings} }`);
  const lines = Object.entries(values).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(path.join(home, '.env'), lines.join(''));
}
const onMastodon = (url: string) => `network: mastodon, server: "${url}", token: TOKEN`;
const onX = (url: string) =>
  `network: x, server: "${url}", appKey: KEY, appSecret: KEY, accessToken: TOKEN, accessSecret: TOKEN`;
const onBluesky = (url: string, handle = HANDLE) =>
  `network: bluesky, server: "${url}", handle: ${handle}, password: PASSWORD`;

/** A turn with a due draft: what the owner reads, and what became of the draft. */
async function turn(text = 'Hope is a debt.') {
  const id = await insertDraft(store, [text]);
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });
  await takeTurn({ home, store, persona: persona(), now: () => NOON, patienceMs: 5_000 });
  const { pause, outage, wait } = (await readStandings(store, [persona()], NOON)).get('ada')!;
  const { status, reason } = await getDraft(store, id);
  const said = pause?.because ?? outage?.because ?? wait?.because ?? reason ?? '';
  assert.equal(said.split('\n').length, 1);
  for (const value of Object.values(VALUES)) assert.ok(!said.includes(value), said);
  return { said, isPaused: pause !== null, status };
}

for (const [what, settings] of [
  ['Mastodon', onMastodon],
  ['X', onX],
  ['Bluesky', onBluesky],
] as const) {
  test(`a server of ${what} that nobody runs is one line, and the post waits for it`, async () => {
    const { url, [Symbol.asyncDispose]: close } = await mastodonServer();
    await close(); // its port is nobody's now
    account(settings(url));

    const { said, isPaused, status } = await turn();

    assert.match(said, /ECONNREFUSED/);
    assert.deepEqual([isPaused, status], [false, 'approved']);
  });
}

for (const settings of [
  onMastodon('http://example.social'),
  onX('http://example.social'),
  onBluesky('http://10.0.0.1'),
]) {
  test(`http is for this machine alone: «${settings}» is refused with its place`, () => {
    account(settings);

    assert.throws(persona, (error) => {
      const example = `, such as https://${/mastodon/.test(settings) ? 'mastodon.social' : /network: x/.test(settings) ? 'api.x.com' : 'bsky.social'},`;
      return (
        error instanceof UserError &&
        /persona\.yaml:\d+:\d+: account\.server: expected/.test(error.message) &&
        error.message.includes(example)
      );
    });
  });
}

for (const isOther of ['page', 'json', 'no such endpoint', 'not found'] as const) {
  test(`a server that is no Mastodon and answers with ${isOther} is one line, and nothing is sent there`, async (t) => {
    const server = await opened(t, mastodonServer);
    server.settings.isOther = isOther;
    account(onMastodon(server.url));

    const { said, status } = await turn();

    assert.match(said, /127\.0\.0\.1:\d+/);
    assert.equal(status, 'approved');
    assert.deepEqual(
      server.requests.filter(({ method }) => method === 'POST'),
      [],
    );
  });
}

test('an XRPC client finds no server of Bluesky at another one, and says so in one line', async (t) => {
  const server = await opened(t, mastodonServer);
  server.settings.isOther = 'page';
  account(onBluesky(server.url));

  const { said, status } = await turn();

  assert.match(said, /^Bluesky: an answer that is none of a server of Bluesky/);
  assert.equal(status, 'approved');
});

test('a token without the scope to write pauses the persona with what is missing to do', async (t) => {
  const server = await opened(t, mastodonServer);
  server.settings.scopes = ['read:accounts', 'read:follows', 'read:statuses'];
  account(onMastodon(server.url), { TOKEN: server.token });

  const { said, isPaused, status } = await turn();

  assert.match(said, /lacks .*write:statuses.*: log in again|does not let the account do this \(403 /);
  assert.deepEqual([isPaused, status, server.posts.length], [true, 'approved', 0]);
});

test('a token that is wrong or was revoked pauses the persona', async (t) => {
  const server = await opened(t, mastodonServer);
  account(onMastodon(server.url));

  assert.match((await turn()).said, /no longer takes the token \(401 The access token … is invalid\)/);
});

test('an account that Mastodon has suspended pauses the persona', async (t) => {
  const server = await opened(t, mastodonServer);
  server.settings.isSuspended = true;
  account(onMastodon(server.url), { TOKEN: server.token });

  const { said, isPaused } = await turn();

  assert.match(said, /suspended|disabled/);
  assert.equal(isPaused, true);
});

test('a token of X that may only read pauses the persona before anything is posted, and says what to set', async (t) => {
  const server = await opened(t, startXServer);
  server.settings.access = 'read';
  account(onX(server.url));

  const { said, isPaused, status } = await turn();

  assert.match(said, /^X answered 403: Your client app is not configured with the appropriate oauth1 app permissions/);
  assert.deepEqual([isPaused, status, server.posts.length], [true, 'approved', 0]);
  const network = await accountNetwork({ home, store, now: () => NOON, persona: persona() });
  await assert.rejects(network.verify(), (error) => {
    return error instanceof AccountError && /only read: give the app «Read and write»/.test(error.message);
  });
});

test('a token of X without the scope to write pauses the persona', async (t) => {
  const server = await opened(t, startXServer);
  server.settings.lacksScope = true;
  account(onX(server.url));

  const { said, isPaused, status } = await turn();

  assert.match(said, /403: The token is missing a required scope: tweet\.write/);
  assert.deepEqual([isPaused, status], [true, 'approved']);
});

for (const [fault, said] of [
  ['401', /^X answered 401/],
  ['402', /402: No credits left/],
  ['suspended', /suspended/],
] as const) {
  test(`X’s «${fault}» pauses the persona`, async (t) => {
    const server = await opened(t, startXServer);
    server.misbehaveOn('POST /2/tweets', fault);
    account(onX(server.url));

    const found = await turn();

    assert.match(found.said, said);
    assert.deepEqual([found.isPaused, found.status, server.posts.length], [true, 'approved', 0]);
  });
}

test('a wrong app password and an account that was taken down pause a persona on Bluesky', async (t) => {
  const server = await startBluesky(t);
  account(onBluesky(server.url), { PASSWORD: 'wrong-wrong-wrong' });
  assert.match((await turn()).said, /does not take this handle with this app password/);

  store = openStore(':memory:');
  const other = await startBluesky(t);
  other.status = 'takendown';
  account(onBluesky(other.url));
  const { said, isPaused } = await turn();

  assert.match(said, /AccountTakedown|takendown/);
  assert.equal(isPaused, true);
});

const UNSEEN = [' \n\t ', '\u202e\u202d\u200f', '\u200b\u200d\ufeff', '\u2800\u2800', '\u3164', '\u00ad', '\u0301'];
for (const text of UNSEEN) {
  const name = [...text].map((character) => character.codePointAt(0)!.toString(16)).join(' ');
  test(`a text of nothing but U+${name} is not approved in one line, and where it was, not sent`, async (t) => {
    const id = await insertDraft(store, ['something']);
    await assert.rejects(approve(store, { draftId: id, text, now: NOON, undoMs: 0 }), UserError);

    const [mastodon, x, bluesky] = [
      await opened(t, mastodonServer),
      await opened(t, startXServer),
      await startBluesky(t),
    ];
    for (const [settings, values] of [
      [onMastodon(mastodon.url), { TOKEN: mastodon.token }],
      [onX(x.url), VALUES],
      [onBluesky(bluesky.url), VALUES],
    ] as const) {
      store = openStore(':memory:');
      account(settings, values);
      const { said, status } = await turn(text); // as a candidate, which the gates would have stopped

      assert.equal(status, 'failed', said);
    }
    assert.deepEqual([mastodon.posts.length, x.posts.length, bluesky.posts().length], [0, 0, 0]);
  });
}

async function opened<Server extends AsyncDisposable>(t: TestContext, open: () => Promise<Server>): Promise<Server> {
  const server = await open();
  t.after(() => server[Symbol.asyncDispose]());
  return server;
}
