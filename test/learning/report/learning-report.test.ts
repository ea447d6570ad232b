import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { reportLines } from '../../../src/cli/report-lines.ts';
import { correctionOf, repeatedChanges } from '../../../src/learning/report/corrections.ts';
import { learningReport } from '../../../src/learning/report/learning-report.ts';
import { learningPage } from '../../../src/learning/report/report-page.ts';
import { approve, reject, undo } from '../../../src/review/decide.ts';
import { openStore, storeFile } from '../../../src/store/store.ts';
import { runEidolon } from '../../cli/run-eidolon.ts';
import { persona } from '../../daemon/composing.ts';
import { toyHome } from '../../daemon/toy-home.ts';
import { insertDraft, NOON } from '../../queue/prepared-drafts.ts';
import { decidedDrafts } from '../decided-drafts.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-report-'));
after(() => rmSync(home, { recursive: true }));
let homes = 0;
const reporting = () => ({
  store: openStore(':memory:'),
  home: path.join(home, String(++homes)),
  persona: persona(),
  now: NOON,
});

test('acceptance is told with counts and intervals, blind decisions apart, and what was taken back not at all', async () => {
  const about = reporting();
  const ids = [];
  for (let index = 0; index < 10; index++)
    ids.push(await insertDraft(about.store, ['a', 'b'], { blind: index < 4 ? 'several' : null }));
  for (const draftId of ids.slice(0, 3)) await approve(about.store, { draftId, now: NOON, undoMs: 0 });
  for (const draftId of ids.slice(3, 9))
    await reject(about.store, { draftId, reason: draftId % 2 ? 'stale' : 'Stale', now: NOON });
  await approve(about.store, { draftId: ids[9]!, now: NOON, undoMs: 0 });
  await undo(about.store, { draftId: ids[9]!, now: NOON });

  const { acceptance, selector, rejects, autonomy } = await learningReport(about);

  assert.deepEqual([acceptance.all.count, acceptance.all.of], [3, 9]);
  assert.deepEqual([acceptance.blind.count, acceptance.blind.of], [3, 4]);
  assert.deepEqual([acceptance.scoresShown.count, acceptance.scoresShown.of], [0, 6 - 1]);
  assert.ok(acceptance.all.low < 1 / 3 && acceptance.all.high > 1 / 3);
  assert.match(selector.ignorance ?? '', /9 of 30/);
  assert.deepEqual(rejects, { count: 6, reasons: [{ reason: rejects.reasons[0]!.reason, count: 6 }] });
  assert.equal(autonomy, null);
});

test('of a selector that knows: its quality on blind decisions, its calibration, the features that matter', async () => {
  const about = reporting();
  await decidedDrafts(about.store, { drafts: 80, blind: (index) => (index % 2 ? 'several' : null) });

  const report = await learningReport(about);

  assert.equal(report.selector.ignorance, null);
  assert.ok(report.selector.evaluation?.auc && report.selector.evaluation.auc.value > 0.7);
  assert.ok(['size', 'hidden'].includes(report.selector.features[0]!.name));
  assert.equal(report.acceptance.overTime.length, 4);
  const text = reportLines(report, 100).join('\n');
  for (const told of [
    /AUC 0\.\d+ \(0\.\d+–/,
    /it said +was so/,
    /blind +\d+ of 40/,
    /Features that matter/,
    /Once +live/,
  ])
    assert.match(text, told);
  const page = learningPage(report);
  assert.equal(page.match(/<svg/g)?.length, 2);
  assert.doesNotMatch(page, /<script|NaN|undefined/);
});

test('what came of posts is told: the newest look at each, and what readers say of its opening', async () => {
  const about = reporting();
  const day = 86_400_000;
  const ids = await decidedDrafts(about.store, {
    drafts: 24,
    texts: 1,
    changes: { prompt: about.persona.prompts[0]! },
  });
  await about.store.db.updateTable('drafts').set({ status: 'published', published_at: NOON.toISOString() }).execute();
  for (const [index, draft_id] of ids.entries()) {
    for (const [days, likes] of [
      [0.01, 0],
      [1, index],
    ] as const)
      await about.store.db
        .insertInto('outcomes')
        .values({ draft_id, at: new Date(NOON.getTime() + days * day).toISOString(), likes, boosts: 1, replies: 0 })
        .execute();
  }

  const report = await learningReport(about);

  assert.deepEqual(report.outcomes, { posts: 24, likes: 11.5, boosts: 1, replies: 0 });
  const [opening] = report.arms;
  assert.ok(opening!.readers!.for > 1 && Math.abs(opening!.readers!.for - opening!.readers!.against) < 1e-9);
  const text = reportLines(report, 100).join('\n');
  assert.match(text, /24 posts measured: 11\.5 likes, 1\.0 boosts, 0\.0 replies each\./);
  assert.match(text, /opening +state +approved +share +95 % +readers[\s\S]*[+−]0\.00/);
  assert.match(learningPage(report), /likes, mean of 24 posts[\s\S]*11\.5/);
});

test('edits are told by what they change, and what several change alike comes first', async () => {
  const about = reporting();
  for (const [before, after] of [
    ['This is a very good day', 'This is a good day'],
    ['A very long night', 'A long night <b>'],
  ] as const) {
    const draftId = await insertDraft(about.store, [before]);
    await approve(about.store, { draftId, text: after, now: NOON, undoMs: 0 });
  }

  const report = await learningReport(about);

  assert.deepEqual(report.corrections.repeated, [{ kind: 'removed', text: 'very', edits: 2 }]);
  assert.equal(report.corrections.latest.length, 2);
  assert.match(reportLines(report, 100).join('\n'), /\[−very ?−\]/);
  assert.match(learningPage(report), /<del>very ?<\/del>[\s\S]*&lt;b&gt;|&lt;b&gt;[\s\S]*<del>very ?<\/del>/);
  assert.deepEqual(repeatedChanges([correctionOf({ draft: 1, before: 'a', after: 'b' })]), []);
});

test('what the program took over is told with the error that was measured', async () => {
  const about = { ...reporting(), persona: persona({ review: { falseAccepts: 0.1 } }) };
  await decidedDrafts(about.store, { drafts: 200, texts: 1, blind: () => 'one' });
  const [own, back] = [await insertDraft(about.store, ['a']), await insertDraft(about.store, ['b'])];
  await approve(about.store, { draftId: own, now: NOON, undoMs: 0, by: 'program' });
  await approve(about.store, { draftId: back, now: NOON, undoMs: 0, by: 'program' });
  await reject(about.store, { draftId: back, now: NOON });

  const { autonomy, acceptance } = await learningReport(about);

  assert.deepEqual([autonomy?.approved, autonomy?.takenBack, autonomy?.share.of], [1, 1, 202]);
  assert.equal(acceptance.all.of, 201);
  assert.match(autonomy?.because ?? '', /blind choices|blind decisions/);
});

test('eidolon report tells it in the terminal, as JSON with acceptance, selector and adapters, and as a page', async () => {
  const toy = toyHome('ada');
  const store = openStore(storeFile(toy));
  await decidedDrafts(store, { drafts: 35, blind: (index) => (index % 2 ? 'several' : null) });
  await store.close();
  const file = path.join(home, 'page.html');

  const [told, json, page, wrong] = [
    await runEidolon(['report', 'ada'], { home: toy }),
    await runEidolon(['report', 'ada', '--json'], { home: toy }),
    await runEidolon(['report', 'ada', '--html', file], { home: toy }),
    await runEidolon(['report', 'nobody'], { home: toy }),
  ];

  assert.match(told.stdout, /What ada has learned[\s\S]*Acceptance[\s\S]*Selector/);
  const report = JSON.parse(json.stdout);
  for (const part of ['acceptance', 'selector', 'adapters']) assert.ok(part in report);
  assert.equal(report.selector.decisions, 35);
  assert.match(readFileSync(file, 'utf8'), /<h1>What ada has learned/);
  assert.deepEqual([told.status, json.status, page.status, wrong.status], [0, 0, 0, 1]);
});
