import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { asWriter, LEASE_MS } from '../../src/publishing/writer.ts';
import { openStore } from '../../src/store/store.ts';
import { NOON } from '../queue/prepared-drafts.ts';

const account = 'mastodon:example.social/1';
const now = () => NOON;

function twoStores() {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'eidolon-writer-')), 'eidolon.db');
  return [openStore(file), openStore(file)] as const;
}

test('while one posts to an account, another one does not, also from another connection to the store', async () => {
  const [one, other] = twoStores();

  const inner = await asWriter(one, { account, now }, async () => [
    await asWriter(other, { account, now }, async () => 'wrote'),
    await asWriter(other, { account: 'mastodon:example.social/2', now }, async () => 'wrote'),
  ]);
  const after = await asWriter(other, { account, now }, async () => 'wrote');

  assert.deepEqual(inner, ['busy', 'wrote']);
  assert.equal(after, 'wrote');
});

test('one that failed leaves the account free', async () => {
  const [store] = twoStores();

  await assert.rejects(
    asWriter(store, { account, now }, () => Promise.reject(new Error('broken'))),
    /broken/,
  );

  assert.equal(await asWriter(store, { account, now }, async () => 'wrote'), 'wrote');
});

test('one that was killed is in nobody’s way for longer than its lease', async () => {
  const [store] = twoStores();
  const until = new Date(NOON.getTime() + LEASE_MS).toISOString();
  await store.db.insertInto('writers').values({ account, holder: 'a process that is no more', until }).execute();

  const soon = await asWriter(store, { account, now }, async () => 'wrote');
  const later = await asWriter(store, { account, now: () => new Date(until) }, async () => 'wrote');

  assert.deepEqual([soon, later], ['busy', 'wrote']);
});
