import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { rememberForgotten } from '../../src/archive/forgotten.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { publishNext } from '../../src/publishing/publish-next.ts';
import { optionsOf } from '../../src/publishing/take-turn.ts';
import { nextDue } from '../../src/queue/claim.ts';
import { getDraft, listDrafts } from '../../src/queue/draft.ts';
import { openStore, type Store, storeFile } from '../../src/store/store.ts';
import { toyHome, writePersona } from '../daemon/toy-home.ts';
import { localAccount } from '../publishing/local-account.ts';
import { insertDraft } from '../queue/prepared-drafts.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const PNG = Buffer.from('89504e470d0a1a0a0000000d', 'hex');

const prepared = toyHome();
let home: string;
let store: Store;
beforeEach(() => {
  home = mkdtempSync(path.join(prepared, 'home-'));
  writePersona(home, 'ada', 'undo: 0s\nblocklist: [ointment]\nschedule: { posts: { timezone: Europe/Paris } }');
  store = openStore(storeFile(home));
});
afterEach(() => store.close());

function add(...argv: readonly string[]) {
  return run({}, 'queue', 'add', 'ada', ...argv);
}
function run({ input = '' }: { readonly input?: string }, ...argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...argv], {
    encoding: 'utf8',
    input,
    env: { ...process.env, EIDOLON_HOME: home },
  });
}
const json = ({ status, stdout, stderr }: ReturnType<typeof run>) => {
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
};

test("the owner's words are approved, and posted like any other", async () => {
  const [draft] = json(add('Hope is a debt.', '--json'));
  const now = () => new Date(Date.now() + 1000);

  const outcome = await publishNext(store, { persona: 'ada', network: localAccount(store, 'ada', now), now });

  assert.deepEqual([draft.status, draft.text], ['approved', 'Hope is a debt.']);
  assert.equal(outcome?.kind, 'published');
  const { provenance, options } = await getDraft(store, draft.id);
  assert.deepEqual([provenance, options], ['own', {}]);
  const why = run({}, 'why', String(draft.id)).stdout;
  assert.match(why, /Written by its owner[\s\S]*Decision: picked/);
  assert.doesNotMatch(why, /temperature/);
  const status = json(run({}, 'status', '--json'));
  assert.deepEqual(status.personas[0].acceptance, { accepted: 0, decided: 0 }, 'nobody judged a generated text');
});

test('they may wait for review, and come from a file or from stdin', async () => {
  const file = path.join(home, 'words.txt');
  writeFileSync(file, '\nHope is\r\na debt.\n\n');

  const [first] = json(add('--file', file, '--pending', '--json'));
  const [second] = json(run({ input: 'Piped in.\n' }, 'queue', 'add', 'ada', '--json'));

  assert.deepEqual([first.status, first.candidates[0].text], ['pending', 'Hope is\na debt.']);
  assert.equal(second.text, 'Piped in.');
  const { status, stderr } = run({}, 'queue', 'approve', String(first.id));
  assert.equal(status, 0, stderr);
});

for (const [what, text] of [
  ['only spaces', ' \n\t '],
  ['only what nobody sees', '\u200b\u202e\u2060\ufeff'],
] as const) {
  test(`${what} is nothing to post`, async () => {
    const { status, stderr } = add(text);

    assert.equal(status, 1);
    assert.match(stderr, /^error: Expected words to post, found none/);
    assert.deepEqual(await listDrafts(store), []);
  });
}

test("a time is that of the persona's zone, and is to come", async () => {
  const [draft] = json(add('At nine.', '--at', '2099-07-01 09:00', '--json'));

  assert.equal(draft.dueAt, '2099-07-01T07:00:00.000Z');
  assert.equal((await getDraft(store, draft.id)).publishAt, draft.dueAt);
  const [clock] = json(add('The next nine.', '--at', '9:00', '--json'));
  assert.ok(Date.parse(clock.dueAt) > Date.now() && Date.parse(clock.dueAt) <= Date.now() + 86_400_000);
  for (const at of ['2001-01-01 09:00', '2099-02-31 09:00', 'soon', '25:00']) {
    assert.match(add('No.', '--at', at).stderr, /^error: --at: expected a time/, at);
  }
});

test('a picture comes with what it shows, or not at all', async () => {
  const folder = path.join(home, 'personas', 'ada', 'pictures');
  mkdirSync(folder);
  for (const name of ['cat.png', 'dog.png']) writeFileSync(path.join(folder, name), PNG);
  writeFileSync(path.join(folder, 'words.png'), 'not a picture');
  writeFileSync(path.join(folder, 'alt.txt'), '# mine\ncat.png: A cat: on a mat\nwords.png: Words\n');

  const argv = ['A cat.', '--picture', 'cat.png', '--warning', 'Cats', '--visibility', 'unlisted', '--language', 'fr'];
  const [draft] = json(add(...argv, '--json'));

  const due = (await nextDue(store, 'ada', new Date(Date.now() + 1000)))!;
  assert.deepEqual(optionsOf(loadPersona(path.join(home, 'personas', 'ada')), due), {
    contentWarning: 'Cats',
    visibility: 'unlisted',
    language: 'fr',
    media: [{ file: path.join(folder, 'cat.png'), alt: 'A cat: on a mat' }],
  });
  assert.equal(draft.status, 'approved');
  assert.match(add('A dog.', '--picture', 'dog.png').stderr, /expected a line in alt\.txt that says what it shows/);
  assert.match(add('Words.', '--picture', 'words.png').stderr, /expected a PNG, JPEG, WebP or GIF picture/);
  assert.match(add('Up.', '--picture', '../persona.yaml').stderr, /Expected the name of a picture/);
  assert.match(add('None.', '--picture', 'cow.png').stderr, /There are: cat\.png, dog\.png, words\.png/);
  assert.equal((await listDrafts(store)).length, 1);
});

test('words that its network does not take as one post need a thread', async () => {
  const account = (more = '') => `account: { network: bluesky, handle: ada.test, password: P${more} }`;
  const words = 'Hope is a debt. '.repeat(30);
  writePersona(home, 'ada', account());

  const refused = add(words);
  writePersona(home, 'ada', account(', threads: 3'));
  const taken = add(words);

  assert.match(
    refused.stderr,
    /^error: The text is too long: 479 characters as bluesky counts, at most 300 are a post\n {2}Nothing was added\./,
  );
  assert.equal(taken.status, 0, taken.stderr);
  assert.equal((await listDrafts(store)).length, 1);
});

test('what a network would pass over is refused: a post for few must not be one for all', () => {
  writePersona(home, 'ada', 'account: { network: x, clientId: A, token: B, refreshToken: C }');

  assert.match(add('For few.', '--visibility', 'followers').stderr, /every post of x is public/);
  assert.match(add('Cats.', '--warning', 'Cats').stderr, /X has no content warnings/);
});

interface Row {
  readonly id: string;
  readonly text: string;
  readonly time?: string;
  readonly mine?: 0 | 1;
  readonly visibility?: 'public' | 'private';
  readonly inReplyTo?: string;
  readonly markup?: 'plain' | 'html';
  readonly language?: string;
}

async function archived(...rows: readonly Row[]): Promise<void> {
  const { id } = await store.db
    .insertInto('archives')
    .values({
      persona: 'ada',
      corpus: 'mine',
      format: 'x',
      name: 'x.zip',
      content_hash: 'h',
      owner: '[]',
      licence: null,
      bytes: 1,
      imported_at: '2026-01-01T00:00:00.000Z',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const row of rows) {
    await store.db
      .insertInto('posts')
      .values({
        archive_id: id,
        persona: 'ada',
        service: 'x',
        post_id: row.id,
        author_id: '1',
        author_name: null,
        mine: row.mine ?? 1,
        time: row.time ?? '2019-05-01T12:00:00.000Z',
        text: row.text,
        markup: row.markup ?? 'plain',
        kind: 'post',
        visibility: row.visibility ?? 'public',
        title: null,
        thread: null,
        in_reply_to: row.inReplyTo ?? null,
        url: null,
        language: row.language ?? null,
      })
      .execute();
  }
}

test('of the archive come own public posts that stand for themselves, each once; they wait for review', async () => {
  await archived(
    { id: '1', text: 'Not mine.', mine: 0 },
    { id: '2', text: 'For my friends.', visibility: 'private' },
    { id: '3', text: 'I agree.', inReplyTo: '99' },
    { id: '4', text: 'Hello @bob, how are you?' },
    { id: '5', text: 'Sold by the ointment.' },
    { id: '6', text: 'Call me at +33 6 12 34 56 78 tonight.' },
    { id: '7', text: 'This I want to forget.' },
    { id: '8', text: '<p>Hope &amp; debt.</p>', markup: 'html', language: 'fr' },
    { id: '9', text: 'Hope & debt.' },
  );
  await rememberForgotten(store, 'ada', [{ service: 'x', id: '7', text: 'This I want to forget.' }], new Date());

  const { stderr } = add('--from', 'archive', '--count', '9');

  assert.match(stderr, /names an account, a link or a hashtag that is not allowed, 1/);
  for (const reason of ['blocklist', 'personal data', 'forgotten', 'in the queue already']) {
    assert.match(stderr, new RegExp(`Passed over: ${reason}, 1`));
  }
  const drafts = await listDrafts(store);
  assert.deepEqual(
    drafts.map(({ status, provenance, origin, options, candidates }) => [
      status,
      provenance,
      origin,
      options.language,
      candidates[0]!.text,
    ]),
    [['pending', 'archived', 'x:8', 'fr', 'Hope & debt.']],
  );
  const again = add('--from', 'archive', '--count', '9');
  assert.equal(again.status, 1);
  assert.match(again.stderr, /No post of ada's archive can be posted; passed over: .*in the queue already 1/);
  run({}, 'queue', 'reject', String(drafts[0]!.id));
  assert.equal(add('--from', 'archive').status, 1, 'what its owner rejected is not offered again');
  assert.match(run({}, 'why', String(drafts[0]!.id)).stdout, /From the archive: x:8/);
  assert.match(run({}, 'queue', 'list', '--json', '--status', 'rejected').stdout, /Hope & debt/);
});

test('the archive is filtered by service, days and words; approved ones go into the schedule one after the other', async () => {
  await archived(
    { id: '1', text: 'Rain in April.', time: '2018-04-30T21:59:00.000Z' },
    { id: '2', text: 'Rain in May, at midnight.', time: '2018-04-30T22:00:00.000Z' },
    { id: '3', text: 'Sun in June.', time: '2018-06-01T12:00:00.000Z' },
    { id: '4', text: 'RAIN in July.', time: '2018-07-01T12:00:00.000Z' },
  );
  const flags = ['--from', 'archive', '--service', 'x', '--match', 'rain', '--since', '2018-05-01', '--count', '5'];

  const drafts = json(add(...flags, '--order', 'newest', '--approve', '--json'));

  assert.deepEqual(
    drafts.map(({ status, text }: { status: string; text: string }) => [status, text]),
    [
      ['approved', 'RAIN in July.'],
      ['approved', 'Rain in May, at midnight.'],
    ],
  );
  assert.ok(drafts[1].dueAt > drafts[0].dueAt);
  assert.equal(add('--from', 'archive', '--service', 'mastodon').status, 1);
  assert.equal(add('Words', '--from', 'archive').status, 2);
});

test('a draft that waits gets its picture when it is approved or edited, and one that is decided gets none', async () => {
  const folder = path.join(home, 'personas', 'ada', 'pictures');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'cat.png'), PNG);
  writeFileSync(path.join(folder, 'alt.txt'), 'cat.png: A cat on a mat\n');
  const media = [{ file: path.join(folder, 'cat.png'), alt: 'A cat on a mat' }];
  for (const text of ['One.', 'Two.']) await insertDraft(store, [text], { persona: 'ada' });

  json(run({}, 'queue', 'approve', '1', '--picture', 'cat.png', '--json'));
  json(run({}, 'queue', 'edit', '2', '--text', 'Two, then.', '--picture', 'cat.png', '--json'));
  const late = run({}, 'queue', 'approve', '1', '--picture', 'cat.png');
  const missing = run({}, 'queue', 'edit', '2', '--text', 'Three.', '--picture', 'dog.png');

  const drafts = [await getDraft(store, 1), await getDraft(store, 2)];
  assert.deepEqual(
    drafts.map(({ status, text, options }) => [status, text, options]),
    [
      ['approved', 'One.', { media }],
      ['approved', 'Two, then.', { media }],
    ],
  );
  assert.match(late.stderr, /Draft 1 is approved: expected one that waits, for a picture/);
  assert.equal(missing.status, 1);
  assert.equal(json(run({}, 'queue', 'undo', '1', '--json'))[0].status, 'pending');
});
