import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { composeNext } from '../../../src/daemon/composing/compose-draft.ts';
import { listDrafts } from '../../../src/queue/draft.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { composing, hostSaying } from '../composing.ts';
import { STEPS } from './killed-compose.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-compose-crash-'));
const prepared = path.join(folder, 'prepared.db');
after(() => rmSync(folder, { recursive: true }));

before(async () => {
  const store = openStore(prepared);
  await composeNext(composing(store, hostSaying(['The draft that was there before.'])));
  await store.close();
});

/** Whether the process was killed; false when the step ended before its Nth statement. */
function killAt(file: string, step: string, fatal: number): boolean {
  const script = path.join(import.meta.dirname, 'killed-compose.ts');
  const { status, signal, stderr } = spawnSync(process.execPath, [script, file, step, String(fatal)], {
    encoding: 'utf8',
    env: { ...process.env, NODE_COMPILE_CACHE: path.join(folder, 'cache') }, // started many times
  });
  assert.ok(signal === 'SIGKILL' || status === 0, stderr);
  return signal === 'SIGKILL';
}

async function contents(store: Store) {
  const rows = await store.db.selectFrom('candidates').select(['round_id', 'draft_id']).execute();
  const rounds = await store.db.selectFrom('rounds').select(['id', 'draft_id', 'outcome']).execute();
  return { rows, rounds, drafts: await listDrafts(store) };
}

for (const step of Object.keys(STEPS)) {
  test(`kill -9 before any statement of composing ${step} leaves all of the round or nothing`, async () => {
    let killed = true;
    let fatal = 1;
    for (; killed; fatal++) {
      const file = path.join(folder, `${step}-${fatal}.db`);
      cpSync(prepared, file);

      killed = killAt(file, step, fatal);

      const store = openStore(file);
      const { drafts, rounds, rows } = await contents(store);
      assert.equal(drafts.find(({ id }) => id === 1)?.candidates[0]?.text, 'The draft that was there before.');
      assert.equal(rounds.length, killed ? 1 : 2, 'a round that was cut off is there, or a whole one is not');
      assert.ok(
        rounds.every(({ id }) => rows.some(({ round_id }) => round_id === id)),
        'a round without candidates',
      );
      assert.ok(
        drafts.every(({ candidates }) => candidates.length > 0),
        'a draft without candidates',
      );

      await composeNext(composing(store, hostSaying(['The one that the next start writes.'])));
      assert.equal((await listDrafts(store)).length, drafts.length + 1);
      await store.close();
    }
    assert.ok(fatal > 4, `${step} was hardly killed`);
  });
}
