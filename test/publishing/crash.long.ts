import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { readTimeline } from '../../src/publishing/local.ts';
import { publishNext } from '../../src/publishing/publish-next.ts';
import { type Draft, listDrafts } from '../../src/queue/draft.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';
import { at, recover, STEPS, split, THREAD, turnOf } from './killed-step.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-crash-'));
const prepared = path.join(folder, 'prepared.db');
after(() => rmSync(folder, { recursive: true }));

before(async () => {
  const store = openStore(prepared);
  await insertDraft(store, ['pending']);
  await approve(store, { draftId: await insertDraft(store, ['due']), now: NOON, undoMs: 0 });
  const left = await insertDraft(store, ['left in publishing'], { persona: 'bob' });
  await approve(store, { draftId: left, now: NOON, undoMs: 0 });
  const { network, ...turn } = turnOf(store, 'bob');
  const cutOff = { ...network, publish: () => Promise.reject(new Error('cut off')) };
  await publishNext(store, { ...turn, network: cutOff }).catch(() => {});
  await store.db.updateTable('drafts').set({ status: 'publishing' }).where('id', '=', left).execute();
  const thread = await insertDraft(store, [THREAD.join(' ')], { persona: 'cara' });
  await approve(store, { draftId: thread, now: NOON, undoMs: 0 });
  await store.close();
});

/** Whether the process was killed; false when the step ended before its Nth statement. */
async function killAt(file: string, step: string, fatal: number): Promise<boolean> {
  const script = path.join(import.meta.dirname, 'killed-step.ts');
  const env = { ...process.env, NODE_COMPILE_CACHE: path.join(folder, 'cache') }; // it is started many times
  const child = spawn(process.execPath, [script, file, step, String(fatal)], { stdio: 'inherit', env });
  const signal = await new Promise((resolve, reject) => {
    child.on('exit', (code, signal) => (code ? reject(new Error(`${step} failed`)) : resolve(signal)));
  });
  return signal === 'SIGKILL';
}

/** What the next start does, with all that is due. */
async function goOn(store: Store): Promise<void> {
  await recover(store, 2);
  for (const persona of ['ada', 'cara']) while (await publishNext(store, turnOf(store, persona, at(3))));
}

function assertNothingLostNorTwice(found: readonly Draft[], drafts: readonly Draft[], posts: readonly string[]): void {
  assert.ok(drafts.length >= 4, 'a draft is lost');
  assert.deepEqual(
    drafts.filter(({ candidates }) => candidates.length === 0),
    [],
    'a draft without its candidates',
  );
  const approved = found.filter(
    ({ status }) => status === 'approved' || status === 'publishing' || status === 'published',
  );
  assert.deepEqual(
    posts.toSorted(),
    approved.flatMap(({ text }) => split(text ?? '')).toSorted(),
    'each approved text stands there once',
  );
  assert.deepEqual(
    posts.filter((text) => THREAD.includes(text)),
    THREAD,
    'a thread in order',
  );
  for (const { id } of approved) assert.equal(drafts.find((draft) => draft.id === id)?.status, 'published');
}

for (const step of Object.keys(STEPS)) {
  test(`kill -9 before any statement of ${step} loses no draft and posts none twice`, async () => {
    let killed = true;
    for (let fatal = 1; killed; fatal++) {
      const file = path.join(folder, `${step}-${fatal}.db`);
      cpSync(prepared, file);

      killed = await killAt(file, step, fatal);

      const store = openStore(file);
      const found = await listDrafts(store);
      await goOn(store);
      const posts = (await readTimeline(store)).map(({ text }) => text);
      assertNothingLostNorTwice(found, await listDrafts(store), posts);
      await store.close();
      assert.ok(killed || fatal > 2, `${step} was never killed`);
    }
  });
}

test('kill -9 in the middle of recovering from kill -9 still posts once', async () => {
  for (const fatal of [2, 3, 4, 5, 6]) {
    const file = path.join(folder, `twice-${fatal}.db`);
    cpSync(prepared, file);

    await killAt(file, 'publishNext', fatal);
    await killAt(file, 'reconcile', fatal);

    const store = openStore(file);
    await goOn(store);
    assert.deepEqual((await readTimeline(store)).map(({ text }) => text).toSorted(), [
      ...THREAD,
      'due',
      'left in publishing',
    ]);
    await store.close();
  }
});
