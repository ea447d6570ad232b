import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { pause, readStandings } from '../../src/publishing/account-health.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { toyHome } from '../daemon/toy-home.ts';
import { NOON } from '../queue/prepared-drafts.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const home = toyHome('ada');
const account = (...argv: readonly string[]) =>
  spawnSync(process.execPath, [BIN, 'account', ...argv], {
    encoding: 'utf8',
    env: { ...process.env, EIDOLON_HOME: home },
  });

test('a paused account is tried again when its owner says so; one that is not paused, or not there, is a line', async () => {
  const store = openStore(storeFile(home));
  await pause(store, 'example.social no longer takes the token', { persona: 'ada', files: '', now: NOON });

  const { stdout } = account('resume', 'ada');
  const again = JSON.parse(account('resume', 'ada', '--json').stdout);
  const nobody = account('resume', 'bob');

  assert.equal(stdout, 'ada is tried again by the daemon\n');
  assert.deepEqual(again, { persona: 'ada', wasPaused: false });
  assert.deepEqual([nobody.status, nobody.stdout], [1, '']);
  const standing = await readStandings(store, [{ name: 'ada', account: { network: 'local' } }], NOON);
  assert.equal(standing.get('ada')?.pause, null);
  await store.close();
});
