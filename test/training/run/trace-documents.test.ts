import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { trace } from '../../../src/cli/corpus-trace.ts';
import { loadPersona } from '../../../src/persona/load-persona.ts';
import { DOCUMENTS, provenance } from '../../../src/training/data/training-corpora.ts';
import { planTraining } from '../../../src/training/plan-training.ts';
import { openRun, runsFolder } from '../../../src/training/run/run-folder.ts';
import { tracedDocuments, tracedStep } from '../../../src/training/run/trace-documents.ts';
import { losses, train } from '../../../src/training/train.ts';
import { writeRandomModel } from '../../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'trace-documents-'));
after(() => rmSync(home, { recursive: true }));
writeRandomModel(path.join(home, 'models/small'), { deviation: 0.02 });
const ada = path.join(home, 'personas/ada');
mkdirSync(path.join(ada, 'corpora'), { recursive: true });
const settings = `name: ada
model: small
train: { learningRate: 0.01, stages: [{ corpora: { mine: 1, conversations: 1 }, steps: 3 }] }
`;
writeFileSync(path.join(ada, 'persona.yaml'), settings);
const day = (n: number) => new Date(Date.UTC(2020, 0, 1 + n)).toISOString();
const documents = Array.from({ length: 60 }, (_, n) => ({
  id: `x:${n}`,
  text: `The engine weaves patterns, number ${n * 7}.`,
  source: 'x',
  archive: n % 2 === 0 ? 'x.zip' : 'x-2.zip',
  time: day(n),
  part: n < 50 ? 'train' : n < 55 ? 'validation' : 'test',
  ...(n === 4 && { posts: ['x:4', 'x:4004'] }),
}));
const write = (name: string, lines: readonly object[]) =>
  writeFileSync(path.join(ada, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
write('corpus.jsonl', documents);
write(
  'corpora/conversations.jsonl',
  documents.map((document) => ({ ...document, context: [{ by: 'another', text: 'What does it weave?' }] })),
);

const planned = await planTraining(loadPersona(ada), home, new Date(Date.UTC(2026, 0, 2)));
const { folder, id: run } = openRun(runsFolder(home, 'ada'), planned.plan);
writeFileSync(path.join(folder, DOCUMENTS), provenance(planned.corpora).toArray().join(''));
for await (const _ of train({ ...planned.job, folder }));

function eidolon(...argv: readonly string[]) {
  const bin = path.resolve(import.meta.dirname, '../../../bin/eidolon.js');
  const env = { ...process.env, EIDOLON_HOME: home };
  return spawnSync(process.execPath, [bin, 'corpus', 'trace', 'ada', ...argv], { encoding: 'utf8', env });
}

test('of every step of a training it is known which texts it read, from which archive and of what time, to the last token', () => {
  const tokensOf = (corpus: string, id: string) =>
    planned.corpora.get(corpus)!.tokens.train.find((document) => document.id === id)!;
  let tokens = 0;
  for (const step of [1, 2, 3]) {
    const read = tracedStep(folder, step)!;

    for (const { corpus, id, archive, time, start = 0, end } of read) {
      const document = documents.find((one) => one.id === id)!;
      assert.deepEqual([archive, time], [document.archive, document.time]);
      const { tokens: all, learnFrom } = tokensOf(corpus, id);
      tokens += (end ?? all.length - 1) - Math.max(start, learnFrom - 1);
    }
    assert.equal(losses(folder).find((made) => made.step === step && made.gradientNorm > 0)?.tokens, tokens);
  }
  assert.deepEqual([...new Set(tracedStep(folder, 2)!.map(({ corpus }) => corpus))].sort(), ['conversations', 'mine']);
  assert.equal(tracedStep(folder, 4), undefined);
});

test('of a text it is known which steps read it, by its own name or that of a post in it; what is held out, none did', () => {
  const stepsWith = (corpus: string, id: string) =>
    [1, 2, 3].filter((step) => tracedStep(folder, step)!.some((piece) => piece.corpus === corpus && piece.id === id));

  const [mine, conversation, ...others] = tracedDocuments(folder, '4004');

  assert.deepEqual(others, []);
  assert.deepEqual([mine?.id, mine?.corpus, conversation?.corpus], ['x:4', 'mine', 'conversations']);
  assert.deepEqual([mine?.steps, conversation?.steps], [stepsWith('mine', 'x:4'), stepsWith('conversations', 'x:4')]);
  assert.ok(mine!.steps.length > 0);
  assert.deepEqual(
    tracedDocuments(folder, 'x:57').map(({ part, steps }) => [part, steps]),
    [
      ['test', []],
      ['test', []],
    ],
  );
});

test('at the terminal both are told in lines, and a step or a text that is none in one with a hint', () => {
  const [step, text] = [eidolon('--step', '2'), eidolon('x:57')];

  const read = tracedStep(folder, 2)!;
  assert.match(step.stdout, new RegExp(`^Step 2 of ${run} read ${read.length} texts in \\d+ rows:\nrow  corpus `));
  assert.equal(step.stdout.trimEnd().split('\n').length, read.length + 2);
  assert.match(step.stdout, /^1 +(?:mine|conversations) +x:\d+ +x(?:-2)?\.zip +2020-0\d-\d\d 00:00:00 +all$/m);
  const held = `^${run} +mine +x:57 +x-2\\.zip +2020-02-27 00:00:00 +none: it is for the test$`;
  assert.match(text.stdout, new RegExp(held, 'm'));
  process.env.EIDOLON_HOME = home;
  for (const [document, flags, message, hint] of [
    [undefined, { step: 9 }, /expected a step that was made, found 9/, /^They count from 1/],
    ['x:5700', {}, /found none by "x:5700"/, /^Give its id/],
    [undefined, { step: 1, run: 'first' }, /--run: expected a training of ada's, found "first"/, new RegExp(run)],
    [undefined, {}, /Expected a document or --step/, /corpus trace ada --step 12/],
  ] as const) {
    assert.throws(() => trace('ada', document, flags), { name: 'UserError', message, hint });
  }
});
