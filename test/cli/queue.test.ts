import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { publishNext } from '../../src/publishing/publish-next.ts';
import { recordSilence } from '../../src/queue/create-draft.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { openStore, type Store, storeFile } from '../../src/store/store.ts';
import { toyHome, writePersona } from '../daemon/toy-home.ts';
import { localAccount } from '../publishing/local-account.ts';
import { candidate, draftOf, insertDraft, NOON, ROUND } from '../queue/prepared-drafts.ts';
import { Terminal } from '../terminal.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const prepared = toyHome();
writePersona(prepared, 'ada');

let home: string;
let store: Store;
beforeEach(async () => {
  home = mkdtempSync(path.join(prepared, 'home-'));
  cpSync(path.join(prepared, 'personas'), path.join(home, 'personas'), { recursive: true });
  store = openStore(storeFile(home));
});
afterEach(() => store.close());

function eidolon(...argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...argv], { encoding: 'utf8', env: { ...process.env, EIDOLON_HOME: home } });
}
const status = async (id: number) => (await getDraft(store, id)).status;
const publish = () =>
  publishNext(store, {
    persona: 'ada',
    network: localAccount(store, 'ada', () => NOON),
    now: () => new Date(),
  });

test('why tells what came of a post each time that it was looked at, and when it was gone', async () => {
  const id = await insertDraft(store, ['Hope is a debt.']);
  eidolon('queue', 'approve', String(id));
  await store.db.updateTable('drafts').set({ publish_at: NOON.toISOString() }).execute();
  await publish();
  const look = (hour: number, likes: number, is_gone: 0 | 1 = 0) => {
    const at = new Date(Date.now() + hour * 3_600_000).toISOString();
    return store.db
      .insertInto('outcomes')
      .values({ draft_id: id, at, likes, boosts: 2, replies: 1, is_gone })
      .execute();
  };
  await look(1, 1);
  await look(2, 3, 1);

  const [told, json] = [eidolon('why', String(id)).stdout, eidolon('why', String(id), '--json').stdout];

  assert.match(
    told.replace(/\s+/g, ' '),
    /It has 1 like, 2 boosts, 1 reply .*It is no longer there; it had 3 likes, 2 boosts, 1 reply/,
  );
  assert.deepEqual(
    JSON.parse(json).outcomes.map(({ likes, isGone }: { likes: number; isGone: boolean }) => [likes, isGone]),
    [
      [1, false],
      [3, true],
    ],
  );
});

test('queue list tells replies from posts', async () => {
  await insertDraft(store, ['Hope is a debt.']);
  await insertDraft(store, ['It is.'], { kind: 'reply', inReplyTo: '1' });

  const { stdout } = eidolon('queue', 'list');

  assert.match(stdout, /1 +pending +ada +(?!reply)[^\n]*\n +Hope is a debt\.\n +2 +pending +ada +reply, /);
});

test('queue list --json is an array of drafts in their stable shape', async () => {
  await insertDraft(store, ['Hope is a debt.']);

  const { stdout, status } = eidolon('queue', 'list', '--json');

  assert.equal(status, 0);
  const [draft] = JSON.parse(stdout);
  assert.deepEqual(Object.keys(draft), [
    'id',
    'persona',
    'kind',
    'status',
    'dueAt',
    'text',
    'url',
    'blind',
    'candidates',
  ]);
  assert.deepEqual(Object.keys(draft.candidates[0]), ['id', 'text', 'score', 'gates', 'features']);
  assert.equal(eidolon('queue', 'list', '--json', '--status', 'published').stdout, '[]\n');
});

test('drafts are approved, rejected, edited and taken back by programs', async () => {
  for (const text of ['first', 'second', 'third']) await insertDraft(store, [text, 'another']);

  const approved = JSON.parse(eidolon('queue', 'approve', '1', '--candidate', '2', '--json').stdout);
  eidolon('queue', 'reject', '2', '--reason', 'stale');
  eidolon('queue', 'edit', '3', '--text', 'my own words');
  assert.deepEqual(
    [approved[0].status, approved[0].text, (await getDraft(store, 2)).reason, (await getDraft(store, 3)).text],
    ['approved', 'another', 'stale', 'my own words'],
  );

  const undone = eidolon('queue', 'undo', '1', '2', '3');
  assert.equal(undone.status, 0);
  assert.match(undone.stdout, /Draft 1 waits for a decision/);
  for (const id of [1, 2, 3]) assert.equal(await status(id), 'pending');
});

test('of several drafts all are decided or none', async () => {
  await insertDraft(store, ['first']);

  const { status: code, stderr, stdout } = eidolon('queue', 'approve', '1', '99', '--json');

  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /No draft 99/);
  assert.equal(await status(1), 'pending');
});

test('without a persona that says how, nothing is approved', async () => {
  await insertDraft(store, ['an orphan'], { persona: 'gone' });

  const { status: code, stderr } = eidolon('queue', 'approve', '1');

  assert.equal(code, 1);
  assert.match(stderr, /gone.*persona\.yaml/);
  assert.equal(await status(1), 'pending');
});

for (const argv of [
  ['queue', 'approve', 'one'],
  ['queue', 'approve'],
  ['queue', 'approve', '1', '2', '--candidate', '3'],
  ['queue', 'list', '--status', 'gone'],
  ['timeline', '--limit', '-1'],
  ['why'],
]) {
  test(`eidolon ${argv.join(' ')} is wrong usage`, () => {
    const { status: code, stderr } = eidolon(...argv);

    assert.equal(code, 2);
    assert.match(stderr, /^error: /);
  });
}

test('the queue shows a person what is open, and what each gate and feature said', async () => {
  await insertDraft(store, ['Hope is \x1b[31ma debt.', 'Hope is a habit.']);
  await insertDraft(store, ['done with']);
  eidolon('queue', 'reject', '2');

  assert.match(eidolon('queue').stdout, /^ +1 {2}pending +ada .*\n +Hope is ␛\[31ma debt\. {2}\+1\n1 more is over/);
  assert.match(
    eidolon('queue', 'show', '1').stdout,
    /Candidate 2\n {2}Hope is a habit\.\n {2}score 0\.80[\s\S]*length ✓/,
  );
});

test('the timeline shows what was published, newest last', async () => {
  for (const text of ['first post', 'second post']) await insertDraft(store, [text]);
  eidolon('queue', 'approve', '1', '2');
  await publish();
  await publish();

  const posts = JSON.parse(eidolon('timeline', 'ada', '--json').stdout);

  assert.deepEqual(posts[1], {
    id: 2,
    persona: 'ada',
    text: 'second post',
    url: 'local:ada/2',
    publishedAt: NOON.toISOString(),
    inReplyTo: null,
  });
  assert.match(eidolon('timeline', '--limit', '1').stdout, /^ada {2}.* local:ada\/2\n {2}second post\n\n$/);
  assert.match(eidolon('timeline', 'nobody').stderr, /No persona "nobody"/);
});

test('a timeline that is followed shows what is posted from then on', async () => {
  await insertDraft(store, ['the news']);
  eidolon('queue', 'approve', '1', '--json');
  const terminal = new Terminal([process.execPath, BIN, 'timeline', '--follow'], { env: { EIDOLON_HOME: home } });
  await terminal.shows(/Nothing is posted yet/);

  await publish();

  await terminal.shows(/ada .* local:ada\/1\n {2}the news/);
  terminal.type('\x03');
  await terminal.exit;
});

test('why tells the whole story of a draft, and of a post by its URL', async () => {
  const refused = candidate('sh', {
    kept: false,
    seed: 9,
    gates: [{ name: 'too short', passed: false, reason: '2 characters, at least 20 are wanted' }],
  });
  const { candidates } = draftOf(['Hope is a debt.', 'Hope is a habit.']);
  await insertDraft(store, [], { candidates: [...candidates, refused] });
  eidolon('queue', 'reject', '1', '--reason', 'hm');
  eidolon('queue', 'undo', '1');
  eidolon('queue', 'edit', '1', '--text', 'Hope, reworded.');
  await publish();

  const byUrl = JSON.parse(eidolon('why', 'local:ada/1', '--json').stdout);
  const { stdout } = eidolon('why', '1');

  assert.equal(byUrl.draft.id, 1);
  assert.equal(byUrl.rounds[0].modelHash, ROUND.modelHash);
  assert.deepEqual(
    byUrl.rounds[0].candidates.map(({ seed, kept }: { seed: number; kept: boolean }) => [seed, kept]),
    [
      [7, true],
      [8, true],
      [9, false],
    ],
  );
  assert.deepEqual(
    byUrl.decisions.map(({ action }: { action: string }) => action),
    ['rejected', 'undone', 'edited'],
  );
  assert.equal(byUrl.attempts[0].outcome, 'published');
  for (const part of [
    /It was published .*: local:ada\/1/,
    /model toy 3f9a/,
    /seed 9\n +too short ✗ 2 characters/,
    /Decision: rejected: hm/,
    /Decision: edited candidate 1\n {2}Hope, reworded\./,
    /Sent to local under key [0-9a-f-]+: published, local:ada\/1/,
  ]) {
    assert.match(stdout, part);
  }
});

test('why says what happens next', async () => {
  await insertDraft(store, ['Hope is a debt.']);

  assert.match(eidolon('why', '1').stdout, /Next: decide in eidolon review/);
  eidolon('queue', 'approve', '1');
  assert.match(eidolon('why', '1').stdout, /Next: nothing goes out until the daemon runs/);
  await store.db.updateTable('drafts').set({ text: 'changed by someone' }).execute();
  assert.match(eidolon('why', '1').stdout, /Next: its text is not the one that was approved/);
});

test('why explains a silence with the candidates that were written in vain', async () => {
  const refused = candidate('sh', {
    kept: false,
    gates: [{ name: 'too short', passed: false, reason: '2 characters, at least 20 are wanted' }],
  });
  await recordSilence(store, {
    persona: 'ada',
    outcome: 'none passed',
    reason: 'none of 1 candidates passed every gate (stopped by too short 1)',
    round: ROUND,
    candidates: [refused],
    now: NOON,
  });

  const { stdout } = eidolon('why', 'ada');

  assert.match(stdout, /the daemon is not running/);
  assert.match(stdout, /0 kept: none of 1 candidates passed every gate/);
  assert.match(stdout, /too short ✗ 2 characters/);
  assert.equal(JSON.parse(eidolon('why', 'ada', '--json').stdout).rounds.length, 1);
  assert.match(eidolon('why', 'nobody').stderr, /No persona "nobody"/);
  assert.match(eidolon('why', 'https://example.org/1').stderr, /Expected the id of a draft, the URL of a post/);
});

test('a draft in doubt is settled by its owner, one way or the other, and only such a one', async () => {
  const ids = [
    await insertDraft(store, ['one']),
    await insertDraft(store, ['two']),
    await insertDraft(store, ['three']),
  ];
  const held = { status: 'uncertain', held_at: NOON.toISOString(), text: 'one' } as const;
  await store.db.updateTable('drafts').set(held).where('id', '<', ids[2]!).execute();
  for (const id of ids.slice(0, 2)) {
    const attempt = { network: 'x', key: `${id}`, payload: 'one', started_at: NOON.toISOString() };
    await store.db
      .insertInto('attempts')
      .values({ draft_id: id, ...attempt, account: null, cursor: null, first_sent_at: null })
      .execute();
  }

  const posted = JSON.parse(eidolon('queue', 'settle', '1', '--posted', 'https://x.com/i/status/7', '--json').stdout);
  const sentAgain = eidolon('queue', 'settle', '2', '--not-posted');
  const refused = eidolon('queue', 'settle', '3', '--posted');

  assert.deepEqual([posted[0].status, posted[0].url], ['published', 'https://x.com/i/status/7']);
  assert.match(sentAgain.stdout, /^Draft 2 is approved/);
  assert.deepEqual([refused.status, refused.stderr.split('\n').length], [1, 3]);
  assert.equal(eidolon('queue', 'settle', '3').status, 2);
});

test('what is posted is deleted only where that was said, and edited in its place', async () => {
  await insertDraft(store, ['Hope is a debt.']);
  eidolon('queue', 'approve', '1');
  await store.db.updateTable('drafts').set({ publish_at: NOON.toISOString() }).execute();
  await publish();

  const asked = eidolon('queue', 'undo', '1');
  const edited = eidolon('queue', 'edit', '1', '--text', 'Hope is a loan.', '--json');
  const shown = JSON.parse(eidolon('timeline', '--json').stdout);

  assert.equal(asked.status, 1);
  assert.match(asked.stderr, /Draft 1 is posted: local:ada\/1; expected --yes to delete it there/);
  assert.deepEqual([JSON.parse(edited.stdout)[0].status, shown[0].text], ['published', 'Hope is a loan.']);
  const { stdout } = eidolon('queue', 'undo', '1', '--yes', '--json');
  assert.deepEqual([JSON.parse(stdout)[0].status, eidolon('timeline', '--json').stdout], ['pending', '[]\n']);
  assert.match(eidolon('why', '1').stdout, /local:ada\/1[\s\S]*taken back/);
});

test('at a terminal its owner is asked before anything is deleted', async () => {
  await insertDraft(store, ['Hope is a debt.']);
  eidolon('queue', 'approve', '1');
  await store.db.updateTable('drafts').set({ publish_at: NOON.toISOString() }).execute();
  await publish();
  const undo = () =>
    new Terminal([process.execPath, BIN, 'queue', 'undo', '1'], { env: { EIDOLON_HOME: home }, columns: 120 });

  const no = undo();
  await no.shows(/Delete it there\? \(y\/n\) \[n\]:/);
  no.type('\r');
  assert.equal((await no.exit).exitCode, 1);
  assert.equal(await status(1), 'published');
  const yes = undo();
  await yes.shows(/Delete it there\?/);
  yes.type('y\r');

  assert.equal((await yes.exit).exitCode, 0);
  assert.equal(await status(1), 'pending');
});
