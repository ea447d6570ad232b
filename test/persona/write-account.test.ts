import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { checkAccount, withAccount, writeAccount } from '../../src/persona/write-account.ts';

const ACCOUNT = { network: 'mastodon', server: 'https://example.social', token: 'ADA_MASTODON_TOKEN' };
const BLOCK = 'account:\n  network: mastodon\n  server: https://example.social\n  token: ADA_MASTODON_TOKEN\n';

test('an account takes the place of the one on this machine, and every other character stays', () => {
  const before = '# mine\nname: ada\nmodel: toy                 # a folder under models/\n';
  const after = "\n# what follows is old\nschedule: { posts: { every: 4h,   jitter: 0.5 } } # often\nundo: '2m'\n";

  const text = withAccount(`${before}account: { network: local } # a timeline on this machine${after}`, ACCOUNT);

  assert.equal(text, `${before}${BLOCK.trimEnd()}${after}`);
});

test("a comment of the owner's stays beside the account", () => {
  assert.match(withAccount('account: { network: local } # for now\n', ACCOUNT), /ADA_MASTODON_TOKEN # for now\n$/);
});

test('without an account it comes at the end', () => {
  assert.equal(withAccount('name: ada\nmodel: toy', ACCOUNT), `name: ada\nmodel: toy\n${BLOCK}`);
});

test('on the same network all else that it may stays, with its comments', () => {
  const old = [
    'account: # of Ada',
    '  network: mastodon',
    '  server: https://old.example',
    '  token: OLD',
    '  # few see it',
    '  visibility: unlisted',
    '  budget: { postsPerDay: 3 }',
    'model: toy',
    '',
  ].join('\n');

  assert.equal(
    withAccount(old, ACCOUNT),
    old
      .replace('https://old.example', ACCOUNT.server)
      .replace('OLD', ACCOUNT.token)
      .replace('account: # of Ada', 'account:\n  # of Ada'),
  );
});

test('what the old way of logging in needed goes', () => {
  const keys = { appKey: 'A', appSecret: 'B', accessToken: 'C', accessSecret: 'D' };
  const old = `account: { network: x, ${Object.entries(keys)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ')}, replySettings: following }\n`;

  const text = withAccount(old, { network: 'x', clientId: 'E', token: 'F', refreshToken: 'G' });

  assert.equal(text, 'account: { network: x, replySettings: following, clientId: E, token: F, refreshToken: G }\n');
});

test('a file that would be no persona any longer is not written', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'account-'));
  const file = path.join(folder, 'persona.yaml');
  writeFileSync(file, 'name: ada\nmodel: toy\n');

  assert.throws(() => writeAccount(folder, { ...ACCOUNT, server: 'ftp://example.social' }), UserError);
  assert.equal(readFileSync(file, 'utf8'), 'name: ada\nmodel: toy\n');
  writeAccount(folder, ACCOUNT);
  assert.equal(readFileSync(file, 'utf8'), `name: ada\nmodel: toy\n${BLOCK}`);
  assert.deepEqual(readdirSync(folder), ['persona.yaml']);
});

test('plain http is for this machine alone', () => {
  assert.throws(() => checkAccount({ ...ACCOUNT, server: 'http://example.social' }), /account\.server: expected/);
  assert.equal(checkAccount({ ...ACCOUNT, server: 'http://127.0.0.1:3000' }).network, 'mastodon');
});
