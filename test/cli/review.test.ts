import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { getDraft, listDrafts } from '../../src/queue/draft.ts';
import { openStore, type Store, storeFile } from '../../src/store/store.ts';
import { toyHome, writePersona } from '../daemon/toy-home.ts';
import { decidedDrafts, sizedCandidate } from '../learning/decided-drafts.ts';
import { insertDraft } from '../queue/prepared-drafts.ts';
import { Terminal, type TerminalOptions } from '../terminal.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const HOUR = 3_600_000;

const prepared = toyHome();
writePersona(prepared, 'ada', 'undo: 5m\nschedule: { posts: { timezone: Asia/Tokyo } }');
let home: string;
let store: Store;
beforeEach(async () => {
  home = mkdtempSync(path.join(prepared, 'home-'));
  for (const folder of ['models', 'personas'])
    cpSync(path.join(prepared, folder), path.join(home, folder), { recursive: true });
  store = openStore(storeFile(home));
  const dueAt = (hours: number) => new Date(Date.now() + hours * HOUR);
  await insertDraft(store, ['Hope is a debt.', 'Hope is a habit.'], { dueAt: dueAt(1) });
  await insertDraft(store, ['An idiot is many.'], { dueAt: dueAt(2), prompt: 'IDIOT, n.' });
});

afterEach(() => store.close());

const review = ({ flags = [], ...options }: TerminalOptions & { readonly flags?: readonly string[] } = {}) =>
  new Terminal([process.execPath, BIN, 'review', ...flags], {
    ...options,
    env: { EIDOLON_HOME: home, ...options.env },
  });

/** An editor that writes `text` into the file that it is given. */
function editorWriting(text: string): string {
  const script = path.join(home, 'editor.sh');
  writeFileSync(script, `#!/bin/sh\nprintf '%s' '${text}' > "$1"\n`);
  chmodSync(script, 0o755);
  return script;
}

const decisions = async () =>
  (await store.db.selectFrom('decisions').selectAll().orderBy('id').execute()).map(({ draft_id, action, text }) => [
    draft_id,
    action,
    text,
  ]);

test('drafts are read, picked, rejected, undone and left by single keys', async () => {
  const terminal = review();

  const first = await terminal.shows(/Hope is a habit/);
  assert.match(first, /ada +draft 1 · 1 of 2/);
  assert.match(first, /Asia\/Tokyo, in 1 hour/);
  assert.match(first, /0\.80 · 2 gates passed · fluent \+0\.21/);
  terminal.type('d');
  await terminal.shows(/length ✓ {2}copied ✓/);
  terminal.type('2');
  await terminal.shows(/Draft 1 is approved[\s\S]*An idiot is many|An idiot is many[\s\S]*Draft 1 is approved/);
  terminal.type('x');
  await terminal.shows(/Reject, because/);
  terminal.type('stale\r');
  await terminal.shows(/Draft 2 is rejected/);
  terminal.type('u');
  await terminal.shows(/Taken back: draft 2/);
  terminal.type('s');
  await terminal.shows(/Draft 2 waits for another time/);
  terminal.type('q');

  assert.equal((await terminal.exit).exitCode, 0);
  assert.deepEqual(await decisions(), [
    [1, 'picked', 'Hope is a habit.'],
    [2, 'rejected', null],
    [2, 'undone', null],
    [2, 'skipped', null],
  ]);
  const draft = await getDraft(store, 1);
  assert.deepEqual([draft.status, draft.text, draft.publishAt], ['approved', 'Hope is a habit.', draft.dueAt]);
  assert.equal((await getDraft(store, 2)).status, 'pending');
});

test('e opens $EDITOR on the candidate, and what was written there is approved', async () => {
  const terminal = review({ env: { EDITOR: editorWriting('Hope, in my own words.') } });
  await terminal.shows(/Hope is a debt/);

  terminal.type('e');
  await terminal.shows(/Draft 1 is approved/);
  terminal.type('q');
  await terminal.exit;

  assert.deepEqual(await decisions(), [[1, 'edited', 'Hope, in my own words.']]);
});

for (const [what, editor] of [
  ['empties the text', () => editorWriting('')],
  ['changes nothing', () => 'true'],
  ['fails', () => 'false'],
] as const) {
  test(`an editor that ${what} decides nothing`, async () => {
    const terminal = review({ env: { EDITOR: editor() } });
    await terminal.shows(/Hope is a debt/);

    terminal.type('e');
    await terminal.shows(/nothing is decided/);
    terminal.type('q');
    await terminal.exit;

    assert.deepEqual(await decisions(), []);
  });
}

test('an editor that does not exist is told, and review goes on', async () => {
  const terminal = review({ env: { EDITOR: 'no-such-editor' } });
  await terminal.shows(/Hope is a debt/);

  terminal.type('e');
  await terminal.shows(/no-such-editor" could not be run/);
  terminal.type('1');
  await terminal.shows(/Draft 1 is approved/);
  terminal.type('q');
  await terminal.exit;
});

test('m has the model write more candidates, here and now', async () => {
  const terminal = review({ rows: 40 });
  await terminal.shows(/Hope is a debt/);

  terminal.type('m');
  await terminal.shows(/\d more; ← shows the earlier ones/);
  terminal.type('\x1b[D');
  await terminal.shows(/Round 1 of 2/);
  terminal.type('q');

  assert.equal((await terminal.exit).exitCode, 0);
  assert.ok((await getDraft(store, 1)).candidates.length > 2);
  assert.deepEqual(await decisions(), [[1, 'more', null]]);
});

test('the terminal is as it was afterwards', async () => {
  const terminal = new Terminal(
    ['sh', '-c', `echo before; "${process.execPath}" "${BIN}" review; echo after; stty -a`],
    {
      env: { EIDOLON_HOME: home },
      rows: 30,
    },
  );
  await terminal.shows(/Hope is a debt/);

  terminal.type('q');
  await terminal.exit;

  assert.match(terminal.screen, /^before\nafter\n/);
  assert.match(terminal.screen, / icanon/);
  assert.match(terminal.screen, / echo /);
  assert.equal(terminal.emulator.buffer.active.type, 'normal');
});

test('Ctrl-Z gives the terminal to the shell, and fg comes back to the draft', async () => {
  const terminal = new Terminal(['bash', '--norc', '-i'], { env: { EIDOLON_HOME: home, PS1: 'shell> ' } });
  await terminal.shows(/shell>/);
  terminal.type(`'${process.execPath}' '${BIN}' review\r`);
  await terminal.shows(/Hope is a debt/);

  terminal.type('\x1a');
  await terminal.shows(/Stopped/);
  assert.equal(terminal.emulator.buffer.active.type, 'normal');
  terminal.type('fg\r');
  await terminal.shows(/Hope is a debt/);
  terminal.type('1');
  await terminal.shows(/Draft 1 is approved/);
  terminal.type('q');
  await terminal.shows(/shell>/);
  terminal.type('exit\r');
  await terminal.exit;
});

for (const [what, end] of [
  ['Ctrl-C', (terminal: Terminal) => terminal.type('\x03')],
  ['SIGTERM', (terminal: Terminal) => terminal.kill('SIGTERM')],
  ['SIGHUP', (terminal: Terminal) => terminal.kill('SIGHUP')],
  ['SIGKILL', (terminal: Terminal) => terminal.kill('SIGKILL')],
] as const) {
  test(`${what} in the middle of a decision leaves the store whole`, async () => {
    const terminal = review();
    await terminal.shows(/Hope is a debt/);

    terminal.type('x');
    await terminal.shows(/Reject, because/);
    end(terminal);
    await terminal.exit;

    assert.deepEqual(
      (await listDrafts(store)).map(({ status }) => status),
      ['pending', 'pending'],
    );
    assert.deepEqual(await decisions(), []);
    if (what !== 'SIGKILL') assert.equal(terminal.emulator.buffer.active.type, 'normal');
  });
}

test('forty columns are enough, also after the window was made smaller', async () => {
  const terminal = review({ columns: 100 });
  await terminal.shows(/Hope is a debt/);

  terminal.resize(40, 20);
  const screen = await terminal.shows(/─{38}\n\n 1–5 pick {2}e edit {2}m more {2}x reject\n/);

  assert.match(screen, /Hope is a debt\.[\s\S]*Hope is a habit\./);
  terminal.type('q');
  await terminal.exit;
});

test('what is pasted presses no keys', async () => {
  const terminal = review();
  await terminal.shows(/Hope is a debt/);

  terminal.type('\x1b[200~1 2 x\x1b[201~');
  terminal.type('d');
  await terminal.shows(/length ✓/);
  terminal.type('q');
  await terminal.exit;

  assert.deepEqual(await decisions(), []);
});

test('a draft that is written meanwhile appears by itself', async () => {
  await store.db.updateTable('drafts').set({ status: 'rejected' }).execute();
  const terminal = review();
  await terminal.shows(/Nothing waits for you/);

  await insertDraft(store, ['Fresh from the daemon.']);

  await terminal.shows(/Fresh from the daemon/);
  terminal.type('q');
  await terminal.exit;
});

test('--explain follows a decision to the ranking of what waits', async () => {
  await decidedDrafts(store, { drafts: 35 });
  const candidates = [sizedCandidate(-2, 'A small one.'), sizedCandidate(2, 'A large one.')];
  await insertDraft(store, [], { candidates, dueAt: new Date(Date.now() + 3 * HOUR) });
  const terminal = review({ flags: ['--explain'], rows: 40 });
  await terminal.shows(/Hope is a habit/);

  terminal.type('1');

  const told = await terminal.shows(/Ranked anew/);
  assert.match(told, /Draft 1 is approved/);
  assert.match(told, /Draft 1 teaches 2 texts: approved, counts 1\.00/);
  assert.match(told, /The selector stands on 36 decisions\. Moved most: /);
  assert.match(told, /draft 38: candidate \d+ from place 2 to 1/);
  terminal.type('q');
  await terminal.exit;
});
