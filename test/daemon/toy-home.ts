/** A home folder whose model knows nothing and whose personas are easily pleased: enough to run the daemon on. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { writeRandomModel } from '../model/random-model.ts';

/** Removed when the test file ends. */
export function toyHome(...personas: readonly string[]): string {
  const home = mkdtempSync(path.join(tmpdir(), 'eidolon-home-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  writeRandomModel(path.join(home, 'models', 'toy'));
  for (const name of personas) writePersona(home, name);
  return home;
}

/**
 * Babble may end in a full stop now and then: of many short candidates, some pass every gate. `settings` come last and in
 * YAML, so that a test may add what it is about.
 */
export function writePersona(home: string, name: string, settings = 'undo: 0s'): void {
  const folder = path.join(home, 'personas', name);
  mkdirSync(folder, { recursive: true });
  const yaml = [
    `name: ${name}`,
    'model: toy',
    'sampling: { temperature: 1, topP: 1, maxTokens: 32 }',
    'quality: { candidates: 64, keep: 3, byChance: 0, blind: 0 }',
    'length: { min: 1, max: 500 }',
    'queue: { ahead: 2 }',
    settings,
  ];
  writeFileSync(path.join(folder, 'persona.yaml'), `${yaml.join('\n')}\n`);
}
