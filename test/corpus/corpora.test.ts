import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { corporaOf, corpusNamed } from '../../src/corpus/corpora.ts';
import type { CorpusReport } from '../../src/corpus/corpus-report.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';

const root = mkdtempSync(path.join(tmpdir(), 'named-corpora-'));
after(() => rmSync(root, { recursive: true }));

function personaWith(files: Readonly<Record<string, string>>, settings = '') {
  const folder = path.join(mkdtempSync(path.join(root, 'home-')), 'personas', 'mira');
  mkdirSync(path.join(folder, 'corpora'), { recursive: true });
  writeFileSync(path.join(folder, 'persona.yaml'), `name: mira\nmodel: starter\n${settings}`);
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  return loadPersona(folder);
}

function reportOf(corpus: string, owner: readonly string[], licence: string | null): string {
  const part = { documents: 0, hash: '' };
  const report: CorpusReport = {
    corpus,
    owner: [...owner],
    licence,
    archives: [],
    settings: { languages: [], cleaning: {}, personalData: 'replace' },
    read: 0,
    documents: 0,
    changed: {},
    dropped: {},
    parts: { train: part, validation: part, test: part },
  };
  return JSON.stringify(report);
}

const LINE = '{"text":"Rain again."}\n';

test('a persona has corpora by name, its own first, each with its file, its owner and its licence', () => {
  const persona = personaWith({
    'corpus.jsonl': LINE,
    'corpus.report.json': reportOf('mine', ['mira', 'Mira Sol'], null),
    'corpora/ambrose-bierce.jsonl': LINE,
    'corpora/ambrose-bierce.report.json': reportOf('ambrose-bierce', ['Ambrose Bierce'], 'public domain'),
    'corpora/conversations.jsonl': LINE,
  });

  assert.deepEqual(corporaOf(persona), [
    { name: 'mine', file: path.join(persona.folder, 'corpus.jsonl'), owner: ['mira', 'Mira Sol'], licence: null },
    {
      name: 'conversations',
      file: path.join(persona.folder, 'corpora/conversations.jsonl'),
      owner: [],
      licence: null,
    },
    {
      name: 'ambrose-bierce',
      file: path.join(persona.folder, 'corpora/ambrose-bierce.jsonl'),
      owner: ['Ambrose Bierce'],
      licence: 'public domain',
    },
  ]);
});

test('texts that a person put there count, copies in another format do not', () => {
  const persona = personaWith(
    {
      'texts.txt': 'Rain again.',
      'corpora/letters.txt': 'Dear Orla',
      'corpora/a.jsonl': LINE,
      'corpora/a.txt': 'Rain',
    },
    'corpus: texts.txt\n',
  );

  assert.deepEqual(
    corporaOf(persona).map(({ name, file }) => [name, path.relative(persona.folder, file)]),
    [
      ['mine', 'texts.txt'],
      ['a', 'corpora/a.jsonl'],
      ['letters', 'corpora/letters.txt'],
    ],
  );
});

test('a corpus that is not there is refused with those that are', () => {
  const persona = personaWith({ 'corpus.jsonl': LINE });

  assert.equal(corpusNamed(persona, 'mine').file, path.join(persona.folder, 'corpus.jsonl'));
  assert.throws(() => corpusNamed(persona, 'letters'), {
    message: `${persona.folder}: expected a corpus "letters", found mine`,
    hint: 'Make it of the archives: eidolon corpus build mira',
  });
});

test('a corpus that somebody wrote does not take its owner from the report of one that was built beside it', () => {
  const persona = personaWith(
    { 'corpus.txt': 'Rain again.', 'corpus.jsonl': LINE, 'corpus.report.json': reportOf('mine', ['mira'], 'CC0') },
    'corpus: corpus.txt\n',
  );

  const [mine] = corporaOf(persona);

  assert.deepEqual([path.basename(mine!.file), mine!.owner, mine!.licence], ['corpus.txt', [], null]);
});
