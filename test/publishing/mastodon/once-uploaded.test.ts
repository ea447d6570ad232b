import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { settingsSchema } from '../../../src/persona/settings.ts';
import { publishNext, reconcile } from '../../../src/publishing/publish-next.ts';
import { optionsOf } from '../../../src/publishing/take-turn.ts';
import { approve } from '../../../src/review/decide.ts';
import { openStore } from '../../../src/store/store.ts';
import { insertDraft, NOON } from '../../queue/prepared-drafts.ts';
import { mastodonServer } from '../servers/mastodon-server.ts';
import { networkOn } from './mastodon-account.ts';

test('a picture that is on the server is not put there again when its post is sent again, whatever its file is called', async () => {
  await using server = await mastodonServer();
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'eidolon-')), 'rain.txt');
  writeFileSync(file, Buffer.from('\x89PNG\r\n\x1a\n and the rest', 'latin1'));
  const post = { text: 'Rain.', key: 'k', inReplyTo: null, options: { media: [{ file, alt: 'Rain' }] } };
  let mediaIds: readonly string[] | null = null;
  const keepMedia = async (ids: readonly string[]) => {
    mediaIds = ids;
  };
  server.fail('POST /api/v1/statuses', 'page 502');

  await assert.rejects(networkOn(server).publish({ ...post, keepMedia }));
  await networkOn(server).publish({ ...post, keepMedia, mediaIds });

  assert.deepEqual([server.uploads.length, server.posts.length], [1, 1]);
});

test('a picture that was put there before the program ended is shown by the post that is sent after it began again', async () => {
  await using server = await mastodonServer();
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  const file = path.join(folder, 'rain.png');
  writeFileSync(file, Buffer.from('\x89PNG\r\n\x1a\n and the rest', 'latin1'));
  const turn = () => ({
    persona: 'ada',
    network: networkOn(server),
    now: () => new Date(server.settings.now()),
    options: () => ({ media: [{ file, alt: 'Rain' }] }),
  });
  let store = openStore(path.join(folder, 'eidolon.db'));
  const draftId = await insertDraft(store, ['Rain.']);
  await approve(store, { draftId, now: NOON, undoMs: 0 });
  server.fail('POST /api/v1/statuses', 'page 502');
  await publishNext(store, turn());
  store.close();

  writeFileSync(file, 'something else by now');
  store = openStore(path.join(folder, 'eidolon.db'));
  const { now } = server.settings;
  server.settings.now = () => now() + 5 * 60_000;
  const [outcome] = await reconcile(store, turn());

  assert.equal(outcome?.kind, 'published');
  assert.deepEqual([server.uploads.length, server.posts.length], [1, 1]);
  assert.deepEqual(
    server.posts[0]?.status.mediaAttachments.map(({ id }) => id),
    server.uploads.map(({ id }) => id),
  );
  store.close();
});

test('a post is looked for among the account’s own words, without what it boosted', async () => {
  await using server = await mastodonServer();
  const sent = {
    text: 'Rain.',
    key: 'k',
    inReplyTo: null,
    options: {},
    startedAt: new Date().toISOString(),
    cursor: null,
  };

  await networkOn(server).find({ ...sent, attempts: 1 });

  const looked = server.requests.filter(({ path: asked }) => /\/accounts\/1\/statuses/.test(asked));
  assert.ok(looked.length > 0 && looked.every(({ path: asked }) => asked.includes('exclude_reblogs=true')));
});

test('a reply is unlisted unless its owner says otherwise, and never for more than see what it answers', () => {
  const account = { network: 'mastodon', server: 'https://example.social', token: 'T' };
  const persona = settingsSchema.parse({ name: 'ada', model: 'toy', account });
  const claim = (audience: 'public' | 'followers') =>
    optionsOf(persona, { draftId: 1, text: 'a', inReplyTo: '1', audience, wishes: {}, parts: null });

  assert.equal(
    optionsOf(persona, { ...claim, draftId: 1, text: 'a', inReplyTo: null, audience: null, wishes: {}, parts: null })
      .visibility,
    undefined,
  );
  assert.deepEqual([claim('public').visibility, claim('followers').visibility], ['unlisted', 'followers']);
});
