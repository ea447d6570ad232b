/** A persona's turn with the real client against a server: what its owner must see to pauses it, and nobody else. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { readStandings, resumeMended } from '../../src/publishing/account-health.ts';
import { takeTurn } from '../../src/publishing/take-turn.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { toyHome, writePersona } from '../daemon/toy-home.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';
import { type MastodonServer, mastodonServer } from './servers/mastodon-server.ts';

process.env.XDG_STATE_HOME = mkdtempSync(path.join(tmpdir(), 'eidolon-state-'));

const home = toyHome();
let store: Store;
let clock: number;
beforeEach(() => {
  store = openStore(':memory:');
  clock = NOON.getTime();
  writeFileSync(path.join(home, '.env'), '');
});

const now = () => new Date(clock);
const holder = (name = 'ada') => ({ home, store, now, persona: loadPersona(path.join(home, 'personas', name)) });
const standing = async (name = 'ada') => (await readStandings(store, [holder(name).persona], now())).get(name)!;

function onMastodon({ url, settings, token }: MastodonServer, name = 'ada', variable = `${name.toUpperCase()}_T`) {
  settings.now = () => clock;
  writePersona(
    home,
    name,
    `undo: 0s\naccount: { network: mastodon, server: "${url}", token: ${variable}, contentWarning: words }`,
  );
  return () => writeFileSync(path.join(home, '.env'), `${variable}='${token}'\n`);
}

async function approved(text: string, persona = 'ada'): Promise<number> {
  const id = await insertDraft(store, [text], { persona });
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });
  return id;
}

test('an approved draft is posted with the settings of its persona, once', async () => {
  await using server = await mastodonServer();
  onMastodon(server)();
  const id = await approved('Hope is a debt.');

  const [outcome] = await takeTurn(holder());
  const again = await takeTurn(holder());

  const { status, url, postId } = await getDraft(store, id);
  assert.deepEqual([outcome?.kind, again, status], ['published', [], 'published']);
  assert.deepEqual([postId, url], [server.posts[0]?.status.id, server.posts[0]?.status.url]);
  assert.equal(server.posts[0]?.status.spoilerText, 'words');
});

test('with nothing to publish the server is not asked at all', async () => {
  await using server = await mastodonServer();
  onMastodon(server)();
  await insertDraft(store, ['pending']);

  await takeTurn(holder());

  assert.equal(server.requests.length, 0);
});

test('a variable that is not set pauses the persona, and it goes on once .env has it', async () => {
  await using server = await mastodonServer();
  const writeToken = onMastodon(server);
  await approved('Hope is a debt.');

  assert.deepEqual(await takeTurn(holder()), []);
  await resumeMended(store, home);
  assert.match((await standing()).pause!.because, /ADA_T is not set/);
  writeToken();
  await resumeMended(store, home);
  const [outcome] = await takeTurn(holder());

  assert.equal((await standing()).pause, null);
  assert.equal(outcome?.kind, 'published');
});

test('a revoked token pauses one persona, nothing more is asked for it, and the others go on', async () => {
  await using server = await mastodonServer();
  await using other = await mastodonServer();
  const [writeAda, writeBob] = [onMastodon(server), onMastodon(other, 'bob', 'ADA_T')];
  writeAda();
  writeBob();
  const id = await approved('revoked');
  await approved('fine', 'bob');
  server.settings.isRevoked = true;

  await takeTurn(holder());
  const asked = server.requests.length;
  clock += 86_400_000;
  await takeTurn(holder());
  const [outcome] = await takeTurn(holder('bob'));

  assert.equal(server.requests.length, asked);
  const { pause } = await standing();
  assert.match(pause!.because, /no longer takes the token/);
  assert.doesNotMatch(pause!.because, /planted/);
  assert.equal((await getDraft(store, id)).status, 'approved');
  assert.equal(outcome?.kind, 'published');
});

test('two personas of one account post one after the other', async () => {
  await using server = await mastodonServer();
  onMastodon(server, 'ada', 'ADA_T')();
  onMastodon(server, 'bob', 'ADA_T')();
  await approved('one');
  await approved('two', 'bob');

  const outcomes = (await Promise.all([takeTurn(holder()), takeTurn(holder('bob'))])).flat();
  const rest = [await takeTurn(holder()), await takeTurn(holder('bob'))].flat();

  assert.deepEqual(
    [...outcomes, ...rest].map(({ kind }) => kind),
    ['published', 'published'],
  );
  assert.deepEqual(server.posts.map(({ source }) => source.text).toSorted(), ['one', 'two']);
  const accounts = await store.db.selectFrom('attempts').select('account').distinct().execute();
  assert.deepEqual(
    accounts.map(({ account }) => account),
    [`mastodon:${new URL(server.url).host}/1`],
  );
});

test('a server that is out of order is left alone ever longer, and the post goes out when it is back', async () => {
  await using server = await mastodonServer();
  onMastodon(server)();
  const id = await approved('patient');
  server.settings.isOther = 'page';

  for (let minute = 0; minute < 24 * 60; minute++) {
    await takeTurn(holder());
    clock += 60_000;
  }
  const asked = server.requests.length;
  assert.ok(asked < 24 * 4 + 10, `${asked} requests in a day`);
  assert.equal((await getDraft(store, id)).status, 'approved');
  assert.notEqual((await standing()).outage, null);
  server.settings.isOther = null;
  clock += 15 * 60_000;
  const [outcome] = await takeTurn(holder());

  assert.equal(outcome?.kind, 'published');
  assert.equal((await standing()).outage, null);
  assert.equal(server.posts.length, 1);
});

test('an account without a variable is told of in one line', async () => {
  const { missingVariables } = await import('../../src/publishing/networks.ts');
  await using server = await mastodonServer();
  onMastodon(server);

  const missing = missingVariables(home, holder().persona);

  assert.ok(missing instanceof UserError);
  assert.equal(missing.message.split('\n').length, 1);
});
