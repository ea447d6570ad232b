import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { loadPersona, loadPersonas } from '../../src/persona/load-persona.ts';
import { newPersona } from '../../src/persona/new-persona.ts';

const root = mkdtempSync(path.join(tmpdir(), 'new-persona-'));
after(() => rmSync(root, { recursive: true }));

let home = root;
beforeEach(() => {
  home = mkdtempSync(path.join(root, 'home-'));
});

const answers = { name: 'ada', model: 'starter', language: 'pt-BR', timezone: 'America/Bahia' };

test('a new persona is one that loads, with what was answered', () => {
  const folder = newPersona(home, answers);

  const persona = loadPersona(folder);
  assert.equal(persona.name, 'ada');
  assert.equal(persona.language, 'pt-BR');
  assert.equal(persona.schedule.posts.timezone, 'America/Bahia');
  assert.equal(persona.review, 'always');
});

test('its texts are copied beside it, as text or as JSON lines', () => {
  const text = path.join(home, 'posts.md');
  const lines = path.join(home, 'posts.jsonl');
  writeFileSync(text, 'One.\n\nTwo.\n');
  writeFileSync(lines, '{"text":"One."}\n');

  const fromText = loadPersona(newPersona(home, { ...answers, corpusFile: text }));
  const fromLines = loadPersona(newPersona(home, { ...answers, name: 'ben', corpusFile: lines }));

  assert.equal(readFileSync(fromText.corpusFile ?? '', 'utf8'), 'One.\n\nTwo.\n');
  assert.equal(path.basename(fromLines.corpusFile ?? ''), 'corpus.jsonl');
});

for (const name of ['123', 'null', 'true', '1e5', '0x1f', 'a-b']) {
  test(`${name} is a name, whatever YAML would make of it`, () => {
    assert.equal(loadPersona(newPersona(home, { ...answers, name, model: name })).model, name);
  });
}

test('nothing is overwritten, and nothing half made is left', () => {
  mkdirSync(path.join(home, 'personas', 'ada'), { recursive: true });
  writeFileSync(path.join(home, 'personas', 'ada', 'persona.yaml'), 'mine');

  assert.throws(() => newPersona(home, answers), { name: 'UserError', message: /ada is there already/ });
  assert.throws(() => newPersona(home, { ...answers, name: 'ben', corpusFile: path.join(home, 'none.txt') }));

  assert.equal(readFileSync(path.join(home, 'personas', 'ada', 'persona.yaml'), 'utf8'), 'mine');
  assert.deepEqual(readdirSync(path.join(home, 'personas')), ['ada']);
});

for (const [wrong, message] of [
  [{ name: 'Ada Lovelace' }, /name: expected a name of small letters, digits and hyphens, found "Ada Lovelace"/],
  [{ name: '../ada' }, /name: expected a name/],
  [{ model: '../gpt2' }, /model: expected the name of a folder/],
  [{ language: 'English' }, /language: expected a language tag/],
  [{ timezone: 'Bahia' }, /timezone: expected a time zone of the IANA list/],
] as const) {
  test(`${JSON.stringify(wrong)} is refused before anything is made`, () => {
    assert.throws(() => newPersona(home, { ...answers, ...wrong }), { name: 'UserError', message });
    assert.deepEqual(loadPersonas(home), { personas: [], broken: [] });
  });
}
