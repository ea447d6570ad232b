import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { approve } from '../../src/review/decide.ts';
import { openStore } from '../../src/store/store.ts';
import { insertDraft, NOON } from './prepared-drafts.ts';

const run = promisify(execFile);

test('of processes that race for the same drafts, each draft is claimed by exactly one', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-race-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'race.db');
  const store = openStore(file);
  const ids: number[] = [];
  for (let count = 0; count < 60; count++) {
    const id = await insertDraft(store, [`text ${count}`]);
    await approve(store, { draftId: id, now: NOON, undoMs: 0 });
    ids.push(id);
  }
  await store.close();

  const script = path.join(import.meta.dirname, 'claiming-process.ts');
  const outputs = await Promise.all(Array.from({ length: 3 }, () => run(process.execPath, [script, file])));

  const won: number[] = outputs.flatMap(({ stdout }) => JSON.parse(stdout));
  assert.deepEqual(
    won.toSorted((a, b) => a - b),
    ids,
  );
});
