import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { type Document, PARTS } from '../../../src/corpus/document.ts';
import { loadPersona } from '../../../src/persona/load-persona.ts';
import { heldOutBatches, trainingRows } from '../../../src/training/data/batches.ts';
import { tokenDocument } from '../../../src/training/data/token-documents.ts';
import { provenance, readCorpora } from '../../../src/training/data/training-corpora.ts';

const letters = { endOfText: 0, encode: (text: string) => [...text].map((letter) => letter.codePointAt(0)!) };

test('of every document it is known from which archive and post and of what time it is, down to the rows that are trained on', (t) => {
  const folder = path.join(mkdtempSync(path.join(tmpdir(), 'provenance-')), 'mira');
  t.after(() => rmSync(path.dirname(folder), { recursive: true }));
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'persona.yaml'), 'name: mira\nmodel: toy\n');
  const documents = Array.from(
    { length: 60 },
    (_, n): Document => ({
      id: `x:${n}`,
      text: `Moss, part ${n}`,
      source: 'x',
      archive: n % 2 === 0 ? 'x.zip' : 'blog.xml',
      time: new Date(Date.UTC(2020, 0, 1 + n)).toISOString(),
      ...(n % 10 === 0 && { posts: [`x:${n}`, `x:${n}a`] }),
    }),
  );
  const lines = documents.map((document) => `${JSON.stringify(document)}\n`);
  writeFileSync(path.join(folder, 'corpus.jsonl'), lines.join(''));

  const persona = loadPersona(folder);
  const stages = [{ ...persona.train.stages[0]!, corpora: { mine: 1 } }];
  const corpora = readCorpora(persona, stages, undefined, (document) => tokenDocument(document, letters));

  const told = [...provenance(corpora)].map((line) => JSON.parse(line));
  const byId = new Map(told.map((one) => [one.id, one]));
  assert.equal(byId.size, 60);
  for (const { id, archive, time, posts } of documents) {
    const { part, ...one } = byId.get(id);
    assert.ok(PARTS.includes(part));
    assert.deepEqual(one, { corpus: 'mine', id, archive, time, ...(posts && { posts }) });
  }
  const { tokens } = corpora.get('mine')!;
  const rows = trainingRows([{ documents: tokens.train, share: 1 }], 64, 1)
    .take(30)
    .toArray();
  const trained = rows.flatMap((row) => row.map(({ document }) => document.id));
  assert.ok(trained.length > 0);
  assert.deepEqual(new Set(trained.map((id) => byId.get(id)?.part)), new Set(['train']));
  assert.ok([...heldOutBatches(tokens.test, { batch: 1, length: 64 })].length > 0);
});
