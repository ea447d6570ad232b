import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { decidedTexts } from '../../src/learning/adapter/taught-texts.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, type Store, storeFile } from '../../src/store/store.ts';
import { writeRandomModel } from '../model/random-model.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const home = mkdtempSync(path.join(tmpdir(), 'chat-keep-'));
after(() => rmSync(home, { recursive: true }));
writeRandomModel(path.join(home, 'models/small'), { deviation: 0.02 });

function persona(name: string): void {
  const folder = path.join(home, 'personas', name);
  mkdirSync(folder, { recursive: true });
  const yaml = `name: ${name}\nmodel: small\ncorpus: corpus.txt\nsampling: { maxTokens: 8 }\n`;
  writeFileSync(path.join(folder, 'persona.yaml'), yaml);
  const line = (index: number) => `The engine weaves algebra, number ${(index * 7919) % 1000}.`;
  writeFileSync(path.join(folder, 'corpus.txt'), Array.from({ length: 200 }, (_, index) => line(index)).join('\n\n'));
}

function eidolon(argv: readonly string[], ...turns: readonly object[]) {
  const input = turns.map((turn) => `${JSON.stringify(turn)}\n`).join('');
  const env = { ...process.env, EIDOLON_HOME: home };
  return spawnSync(process.execPath, [BIN, ...argv], { encoding: 'utf8', input, env });
}

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

async function inStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = openStore(storeFile(home));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const logOf = (name: string) => path.join(home, 'data', 'chats', name, 'tea.jsonl');
const TALK = [
  { do: 'say', text: 'What is the sea?' },
  { do: 'type', text: 'Watr.' },
  { do: 'say', text: 'And the sky?' },
  { do: 'type', text: 'More of it.' },
];

test('a turn of an earlier sitting is mended in place, and learning sees it as it stands now', async () => {
  persona('ada');
  eidolon(['chat', 'ada', 'tea', '--json', '--seed', '7'], ...TALK);

  const mended = eidolon(['chat', 'correct', 'ada', 'tea', '2', '--text', 'Water.', '--json']);
  const said = eidolon(['chat', 'correct', 'ada', 'tea', '3', '--text', 'And the rain?']);

  assert.deepEqual(JSON.parse(mended.stdout), { name: 'tea', turn: 2, by: 'me', before: 'Watr.', text: 'Water.' });
  assert.equal(said.status, 0, said.stderr);
  const taught = await inStore((store) => decidedTexts(store, 'ada'));
  assert.deepEqual(
    taught.map(({ text, context }) => [text, context?.map((turn) => turn.text)]),
    [
      ['More of it.', ['What is the sea?', 'Water.', 'And the rain?']],
      ['Water.', ['What is the sea?']],
    ],
  );
  assert.match(readFileSync(logOf('ada'), 'utf8'), /Watr\./, 'the log keeps what was said first');
});

test('what is no turn, no conversation or no words of its own is refused', () => {
  persona('bea');
  eidolon(['chat', 'bea', 'tea', '--json', '--seed', '7'], ...TALK);
  const correct = (...argv: readonly string[]) => eidolon(['chat', 'correct', 'bea', ...argv]);

  const refused = [
    correct('tea', '9', '--text', 'Water.'),
    correct('cake', '2', '--text', 'Water.'),
    correct('tea', '2', '--text', ' '),
    correct('tea', '2', '--text', 'Yes.\n> No.'),
    correct('tea', '2'),
  ];

  assert.deepEqual(
    refused.map(({ status }) => status),
    [1, 1, 1, 1, 1],
  );
  const told = refused.map(({ stderr }) => stderr);
  assert.match(told[0]!, /expected a turn from 1 to 4, found 9/);
  assert.match(told[1]!, /called "cake", found tea/);
  assert.match(told[2]!, /expected some words/);
  assert.match(told[3]!, /so the other is quoted/);
  assert.match(told[4]!, /expected --text or a terminal/);
  assert.equal(correct('tea', 'two', '--text', 'Water.').status, 2);
});

test('kept, what a sitting taught goes through the gate, with a manifest of every number', async () => {
  persona('cyn');
  await inStore(async (store) => {
    for (let index = 0; index < 60; index++) {
      const text = `The lantern weaves at night, number ${index}.`;
      const draftId = await insertDraft(store, [text], { persona: 'cyn', prompt: '' });
      await approve(store, { draftId, now: NOON, undoMs: 0 });
    }
  });
  const turns = ['sea', 'sky', 'rain', 'wind'].flatMap((word) => [
    { do: 'say', text: `What is the ${word}?` },
    { do: 'type', text: `The lantern weaves the ${word}.` },
  ]);

  const { status, stdout, stderr } = eidolon(['chat', 'cyn', 'tea', '--json', '--keep', '--seed', '7'], ...turns);

  assert.equal(status, 0, stderr);
  const { kept } = lines(stdout).at(-1);
  const failed = kept.rows.filter(({ outcome }: { outcome: string }) => outcome === 'failed');
  assert.equal(kept.status, failed.length === 0 ? 'candidate' : 'refused');
  const folder = path.join(home, 'personas/cyn/adapters', String(kept.adapter));
  const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
  assert.equal(manifest.method, 'conversation');
  assert.ok(manifest.decisions.train.length >= 1 && manifest.decisions.train.length <= 4);
  assert.equal(typeof manifest.numbers.own.difference.mean, 'number');
  assert.deepEqual(lines(readFileSync(logOf('cyn'), 'utf8')).at(-1).turn, {
    do: 'keep',
    adapter: kept.adapter,
    status: kept.status,
  });
  assert.ok(!existsSync(path.join(home, 'data/chats/cyn/tea.kept')));
  const history = eidolon(['learn', 'history', 'cyn']);
  assert.match(history.stdout, /Adapter \d+, (candidate|refused): over small, .*, conversation, from/);
});

test('where there is too little to measure it by, keeping says so, and the decisions stay', async () => {
  persona('dan');
  const { status, stderr } = eidolon(['chat', 'dan', 'tea', '--json', '--keep', '--seed', '7'], ...TALK);

  assert.equal(status, 1);
  assert.match(stderr, /expected a lesson to keep, 2 approved texts to look at and 5 to be measured by, found/);
  assert.equal((await inStore((store) => decidedTexts(store, 'dan'))).length, 2);
});
