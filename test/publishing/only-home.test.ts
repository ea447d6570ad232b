import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { holdAccounts } from '../../src/daemon/hold-accounts.ts';
import type { Persona } from '../../src/persona/persona.ts';
import { knowIdentity, readStandings } from '../../src/publishing/account-health.ts';
import { Refusal } from '../../src/publishing/network.ts';
import { OtherHome, onlyHere, takeAccount } from '../../src/publishing/only-home.ts';
import { openStore } from '../../src/store/store.ts';
import { NOON } from '../queue/prepared-drafts.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-homes-'));
after(() => rmSync(folder, { recursive: true }));
const stateFolder = path.join(folder, 'state');
const [one, other] = ['one', 'other'].map((name) => {
  const home = path.join(folder, name);
  mkdirSync(home);
  return { home, stateFolder };
}) as [{ home: string; stateFolder: string }, { home: string; stateFolder: string }];

const account = { network: 'mastodon', server: 'https://example.social' } as Persona['account'];
const ada = { name: 'ada', account } as Persona;

test('while one home has an account, another one is refused in a line; the same home is not', async () => {
  const done = await onlyHere(one, 'mastodon:a/1', async () => {
    await assert.rejects(
      onlyHere(other, 'mastodon:a/1', async () => 'wrote'),
      (error) =>
        error instanceof Refusal &&
        error.retryable &&
        error.message.includes(`another Eidolon, process ${process.pid} with its home at ${one.home}`),
    );
    assert.equal(await onlyHere(other, 'mastodon:a/2', async () => 'wrote'), 'wrote');
    return onlyHere(one, 'mastodon:a/1', async () => 'wrote');
  });
  const after = await onlyHere(other, 'mastodon:a/1', async () => 'wrote');

  assert.deepEqual([done, after], ['wrote', 'wrote']);
});

test('a daemon has the accounts of its personas as long as it lives; then another home has them', async () => {
  const [store, another] = [openStore(':memory:'), openStore(':memory:')];
  for (const each of [store, another]) await knowIdentity(each, 'ada', 'mastodon:example.social/1');
  const [first, second] = [holdAccounts(store, one), holdAccounts(another, other)];
  const waitOf = async (now: Date) => (await readStandings(another, [ada], now)).get('ada')?.wait;

  await first.hold([ada], NOON);
  await second.hold([ada], NOON);
  const refused = await waitOf(NOON);
  first.release();
  const later = new Date(NOON.getTime() + 61_000);
  await second.hold([ada], later);
  await first.hold([ada], later);

  assert.match(
    refused?.because ?? '',
    /^its account is in the hands of another Eidolon, process \d+ with its home at /,
  );
  assert.equal(await waitOf(later), null);
  assert.match((await readStandings(store, [ada], later)).get('ada')?.wait?.because ?? '', /home at .*other/);
  await second.hold([], later); // the persona is gone
  assert.ok(!(takeAccount(one, 'example.social mastodon:example.social/1') instanceof OtherHome));
});

test('a home whose process was killed has nothing any more', async () => {
  const module = path.resolve(import.meta.dirname, '../../src/publishing/only-home.ts');
  const program = `const { takeAccount } = await import(${JSON.stringify(module)});
    globalThis.lock = takeAccount(${JSON.stringify(one)}, 'x:1');
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const alive = takeAccount(other, 'x:1');
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;

  assert.ok(alive instanceof OtherHome && alive.pid === child.pid && alive.home === one.home);
  const taken = takeAccount(other, 'x:1');
  assert.ok(typeof taken === 'object' && !(taken instanceof OtherHome));
  taken.release();
});

test('where no lock can be made, nothing is guarded and nothing is stopped', async () => {
  const file = path.join(folder, 'a file');
  writeFileSync(file, '');

  assert.equal(await onlyHere({ home: one.home, stateFolder: file }, 'x:1', async () => 'wrote'), 'wrote');
});
