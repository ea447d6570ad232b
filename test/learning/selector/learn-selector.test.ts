import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { learnedNow, learnSelector, openTeacher } from '../../../src/learning/selector/learn-selector.ts';
import { learnedFile, readLearned } from '../../../src/learning/selector/learned-file.ts';
import { readExamples } from '../../../src/learning/selector/read-examples.ts';
import { probabilityOf } from '../../../src/learning/selector/selector.ts';
import { openSchool } from '../../../src/learning/selector/teach.ts';
import { getDraft } from '../../../src/queue/draft.ts';
import { approve, reject, undo } from '../../../src/review/decide.ts';
import { openStore, storeFile } from '../../../src/store/store.ts';
import { insertDraft, NOON } from '../../queue/prepared-drafts.ts';
import { decidedDrafts, sizedCandidate } from '../decided-drafts.ts';
import { MOMENTS } from './killed-selector.ts';

const root = mkdtempSync(path.join(tmpdir(), 'eidolon-learning-'));
after(() => rmSync(root, { recursive: true }));
let homes = 0;

function newHome() {
  const home = path.join(root, String(++homes));
  mkdirSync(home);
  const store = openStore(storeFile(home));
  after(() => store.close());
  return { home, store, persona: 'ada', now: NOON };
}

const large = { features: { size: 2 }, prior: 0.5 };
const small = { features: { size: -2 }, prior: 0.5 };

test('decisions in the store teach: what the owner likes is likelier to be approved', async () => {
  const learning = newHome();
  await decidedDrafts(learning.store, { drafts: 60, blind: (index) => (index % 3 === 0 ? 'several' : null) });

  const { selector, evaluation, notes } = await learnSelector(learning);

  assert.equal(selector.ignorance, null);
  assert.ok(probabilityOf(selector, large) > probabilityOf(selector, small) + 0.3);
  assert.ok(evaluation?.auc && evaluation.drafts === 20 && evaluation.auc.value > 0.7);
  assert.deepEqual(notes, []);
});

test('a picked text counts in full, its siblings as one text together; of a rejected draft each text counts', async () => {
  const { store } = newHome();
  const [picked, rejected] = [await insertDraft(store, ['a', 'b', 'c']), await insertDraft(store, ['d', 'e'])];
  await approve(store, { draftId: picked, candidateId: 2, now: NOON, undoMs: 0 });
  await reject(store, { draftId: rejected, now: NOON });

  const { examples } = await readExamples(store, 'ada');

  assert.deepEqual(
    examples.map(({ draft, approved, weight }) => [draft, approved, weight]),
    [
      [1, false, 0.5],
      [1, true, 1],
      [1, false, 0.5],
      [2, false, 1],
      [2, false, 1],
    ],
  );
});

test('an edited text teaches as a text of its own once it is measured, and what it was made of counts half', async () => {
  const { store } = newHome();
  const id = await insertDraft(store, ['a', 'b']);
  await approve(store, { draftId: id, candidateId: 1, text: 'a, but better', now: NOON, undoMs: 0 });
  assert.deepEqual(
    (await readExamples(store, 'ada')).examples.map(({ weight }) => weight),
    [0.5, 1],
  );

  const features = JSON.stringify([{ name: 'size', value: 3, part: 0 }]);
  const measured = { decision_id: 1, features, prior: 0.7, hidden: null, hidden_model: null, measured_at: 'now' };
  await store.db.insertInto('edits').values(measured).execute();

  const { examples, edits } = await readExamples(store, 'ada');
  assert.equal(edits, 1);
  assert.deepEqual(
    examples.map(({ approved, weight, features }) => [approved, weight, features.size]),
    [
      [true, 0.5, undefined],
      [false, 1, undefined],
      [true, 1, 3],
    ],
  );
});

test('what was taken back and what the program approved teach nothing', async () => {
  const { store } = newHome();
  const [first, second] = [await insertDraft(store, ['a']), await insertDraft(store, ['b'])];
  await approve(store, { draftId: first, now: NOON, undoMs: 0 });
  await undo(store, { draftId: first, now: NOON });
  await approve(store, { draftId: second, now: NOON, undoMs: 0, by: 'program' });

  assert.deepEqual((await readExamples(store, 'ada')).examples, []);

  await reject(store, { draftId: second, now: NOON });
  assert.equal((await readExamples(store, 'ada')).examples.length, 1);
});

test('decisions of other personas teach nothing', async () => {
  const { store } = newHome();
  await decidedDrafts(store, { drafts: 3, changes: { persona: 'bob' } });

  assert.deepEqual((await readExamples(store, 'ada')).examples, []);
});

test('decisions on drafts that are gone are passed over, and that is said', async () => {
  const learning = newHome();
  await decidedDrafts(learning.store, { drafts: 40 });
  const database = new DatabaseSync(storeFile(learning.home));
  database.exec(
    'pragma foreign_keys = off; delete from candidates where draft_id = 3; delete from drafts where id = 3',
  );
  database.close();

  const { selector, notes } = await learnSelector(learning);

  assert.equal(selector.decisions, 39);
  assert.match(notes.join(), /1 decisions are passed over: their draft or candidate is gone/);
});

test('a text approved once and rejected another time counts both times, and that is said', async () => {
  const learning = newHome();
  const [first, second] = [await insertDraft(learning.store, ['same']), await insertDraft(learning.store, ['same'])];
  await approve(learning.store, { draftId: first, now: NOON, undoMs: 0 });
  await reject(learning.store, { draftId: second, now: NOON });

  const { selector, notes } = await learnSelector(learning);

  assert.equal(selector.examples, 2);
  assert.match(notes.join(), /1 texts were approved once and rejected another time/);
});

test('where nothing was decided since, what is on disk is used; after a decision it is learned anew', async () => {
  const learning = newHome();
  await decidedDrafts(learning.store, { drafts: 40 });
  const first = await learnedNow(learning);

  const again = await learnedNow({ ...learning, now: new Date(0) });
  await decidedDrafts(learning.store, { drafts: 1, seed: 2 });
  const anew = await learnedNow({ ...learning, now: new Date(0) });

  assert.equal(again.at, first.at);
  assert.deepEqual([anew.at, anew.selector.decisions], [new Date(0).toISOString(), 41]);
});

const broken: readonly [what: string, content: string, note: RegExp][] = [
  ['of another version', JSON.stringify({ version: 99, selector: {} }), /has version 99.*learned anew/],
  ['of the version before words', JSON.stringify({ version: 1, selector: {} }), /has version 1, .*learned anew/],
  ['cut off in the middle', '{"version":1,"throughDecision":4', /cannot be read: learned anew/],
  ['of something else', '[]', /version undefined/],
];

for (const [what, content, note] of broken) {
  test(`a selector file ${what} is said so, and everything is learned anew`, async () => {
    const learning = newHome();
    await decidedDrafts(learning.store, { drafts: 40 });
    mkdirSync(path.dirname(learnedFile(learning.home, 'ada')), { recursive: true });
    writeFileSync(learnedFile(learning.home, 'ada'), content);

    const { selector, notes } = await learnedNow(learning);

    assert.equal(selector.ignorance, null);
    assert.match(notes.join(), note);
    assert.deepEqual((await learnedNow(learning)).notes, []);
  });
}

for (const moment of MOMENTS) {
  test(`killed ${moment}, learning leaves the selector of before or the one of now, whole, and goes on`, async () => {
    const learning = newHome();
    await decidedDrafts(learning.store, { drafts: 40 });
    await learnSelector(learning);
    await decidedDrafts(learning.store, { drafts: 1, seed: 2 });

    const script = path.join(import.meta.dirname, 'killed-selector.ts');
    const { signal } = spawnSync(process.execPath, [script, learning.home, moment], { stdio: 'inherit' });

    assert.equal(signal, 'SIGKILL');
    const { learned, refused } = readLearned(learning.home, 'ada');
    assert.deepEqual([learned?.selector.decisions, refused], [moment === 'once it is named' ? 41 : 40, undefined]);
    const { selector, notes } = await learnedNow(learning);
    assert.deepEqual([selector.decisions, notes], [41, []]);
  });
}

test('a teacher that learns decision by decision knows what one that read all of them knows', async () => {
  const learning = newHome();
  await decidedDrafts(learning.store, { drafts: 40 });
  await learnSelector(learning);
  const teacher = await openTeacher(learning);
  const ids = await decidedDrafts(learning.store, { drafts: 5, seed: 2 });

  for (const id of ids) await teacher.learnOf(id);

  const anew = await openTeacher(learning);
  assert.equal(teacher.selector.decisions, 45);
  for (const text of [large, small]) {
    assert.ok(Math.abs(probabilityOf(teacher.selector, text) - probabilityOf(anew.selector, text)) < 1e-3);
  }
});

test('a decision ranks anew what waits, but moves nothing in a blind draft', async () => {
  const { store, home } = newHome();
  await decidedDrafts(store, { drafts: 40 });
  const candidates = [sizedCandidate(-2, 'small'), sizedCandidate(2, 'large')];
  const waiting = await insertDraft(store, [], { candidates });
  const blind = await insertDraft(store, [], { candidates, blind: 'several' });
  const order = async (id: number) => (await getDraft(store, id)).candidates.map(({ text }) => text);
  assert.deepEqual(await order(waiting), ['small', 'large']);
  const [decided] = await decidedDrafts(store, { drafts: 1, seed: 3 });

  const lesson = await openSchool(store, home)('ada', decided!);

  assert.deepEqual(
    [await order(waiting), await order(blind)],
    [
      ['large', 'small'],
      ['small', 'large'],
    ],
  );
  assert.deepEqual(
    lesson.ranking.map(({ draftId, before, after }) => [draftId, before.position, after.position]),
    [
      [waiting, 2, 1],
      [waiting, 1, 2],
    ],
  );
  const { features, score } = (await getDraft(store, waiting)).candidates[0]!;
  const logit = features.reduce((sum, { part }) => sum + part, 0);
  assert.ok(Math.abs(1 / (1 + Math.exp(-logit)) - score) < 1e-9);
});

test('taking back the decision that made it know leaves it not knowing, and the priors rank again', async () => {
  const { store, home } = newHome();
  await decidedDrafts(store, { drafts: 29 });
  const waiting = await insertDraft(store, [], {
    candidates: [sizedCandidate(-2, 'small'), sizedCandidate(2, 'large')],
  });
  const [last] = await decidedDrafts(store, { drafts: 1, seed: 4 });
  const teach = openSchool(store, home);
  assert.equal((await teach('ada', last!)).ignorance, null);

  await undo(store, { draftId: last!, now: NOON });
  const lesson = await teach('ada', last!);

  assert.match(lesson.ignorance ?? '', /29 of 30/);
  assert.deepEqual(
    (await getDraft(store, waiting)).candidates.map(({ score }) => score),
    [0.5, 0.5],
  );
});
