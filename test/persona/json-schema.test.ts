import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { knownSettings, personaJsonSchema } from '../../src/persona/json-schema.ts';

test('schema/persona.json is what the settings say: write it again with `npm run schema`', () => {
  const written = JSON.parse(readFileSync(new URL('../../schema/persona.json', import.meta.url), 'utf8'));

  assert.deepEqual(written, JSON.parse(JSON.stringify(personaJsonSchema())));
});

test('every setting is known by its path, the inner ones too', () => {
  const known = knownSettings().map((path) => path.join('.'));

  for (const setting of ['name', 'schedule.posts.every', 'sampling.topP', 'undo']) assert.ok(known.includes(setting));
});
