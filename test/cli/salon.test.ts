import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readTimeline } from '../../src/publishing/local.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { toyHome, writePersona } from '../daemon/toy-home.ts';
import { runEidolon } from './run-eidolon.ts';

const home = toyHome('ada', 'bob');
const salon = (...argv: readonly string[]) => runEidolon(['salon', ...argv], { home });
const lines = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('two personas talk on the terminal; the same seed says the same, and nothing is stored', async () => {
  const argv = ['ada', 'bob', '--opening', 'What is rain for?', '--turns', '3', '--seed', '4', '--json'];

  const [first, again] = [await salon(...argv), await salon(...argv)];

  const told = lines(first.stdout);
  assert.equal(first.status, 0, first.stderr);
  assert.deepEqual([told[0].persona, told[0].text, told[0].answers], ['ada', 'What is rain for?', null]);
  assert.deepEqual([told[1].persona, told[1].answers, told[1].found.skill], ['bob', 1, 'generate']);
  assert.match(told.at(-1).end, /^(enough|loop|dull|speechless)$/);
  assert.equal(again.stdout, first.stdout);
  const store = openStore(storeFile(home));
  assert.deepEqual([await readTimeline(store), await store.db.selectFrom('drafts').selectAll().execute()], [[], []]);
  await store.close();
});

test('with --local the turns are a thread of the timeline', async () => {
  const { stdout, status } = await salon(
    'ada',
    'bob',
    '--opening',
    'What is rain for?',
    '--turns',
    '3',
    '--local',
    '--json',
  );

  const told = lines(stdout).slice(0, -1);
  const store = openStore(storeFile(home));
  const posts = await readTimeline(store);
  await store.close();
  assert.equal(status, 0);
  assert.ok(posts.length >= 2);
  assert.deepEqual(
    posts.map(({ url, text, inReplyTo }) => [url, text, inReplyTo]),
    told.map(({ url, text }, index) => [url, text, told[index - 1]?.url ?? null]),
  );
});

test('what makes no sense is refused in a line: exit code 2 for usage, 1 for what can be mended', async () => {
  for (const argv of [
    ['ada'],
    ['ada', 'bob', '--local', '--accounts'],
    ['ada', 'bob', '--turns', '1'],
    ['ada', 'bob', '--opening', '  '],
    ['ada', 'bob', '--from', '3'],
  ]) {
    assert.equal((await salon(...argv)).status, 2, argv.join(' '));
  }
  const [nobody, twice, other] = [
    await salon('ada', 'nobody'),
    await salon('ada', 'ada', '--local'),
    await salon('ada', 'bob', '--accounts', '--from', '99'),
  ];
  assert.deepEqual([nobody.status, twice.status, other.status], [1, 1, 1]);
  assert.match(twice.stderr, /found ada twice/);
  assert.match(other.stderr, /No draft 99/);
});

test('each persona speaks on its own device', async () => {
  const device = process.platform === 'darwin' ? 'directml' : 'coreml';
  writePersona(home, 'eve', `device: ${device}`);

  const { status, stdout, stderr } = await salon('ada', 'eve', '--turns', '2', '--seed', '4', '--json');

  assert.equal(status, 1);
  assert.equal(lines(stdout)[0].persona, 'ada', stderr);
  assert.match(stderr, new RegExp(`device: expected one of cpu.* on this system, found ${device}`));
});

test('a salon on accounts waits for the review of its opening, and ends with it', async () => {
  const file = path.join(home, 'personas', 'ada', 'persona.yaml');
  writeFileSync(file, `${readFileSync(file, 'utf8')}review: always\n`);

  const { stdout, stderr, status } = await runEidolon(
    ['salon', 'ada', 'bob', '--accounts', '--opening', 'What is rain for?', '--json'],
    {
      home,
      answer: async (line) => {
        await runEidolon(['queue', 'reject', String(JSON.parse(line).draft)], { home });
        return undefined;
      },
    },
  );

  assert.equal(status, 1);
  assert.equal(lines(stdout)[0].persona, 'ada');
  assert.match(stderr, /The salon ends: draft \d+ is rejected/);
});
