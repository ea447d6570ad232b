/** What real trainings hold, beside what the plan expects. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { randomGpt2 } from '../../bench/training/random-gpt2.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-memory-'));
after(() => rmSync(home, { recursive: true }));

const SMALL = {
  n_layer: 6,
  n_head: 4,
  n_embd: 256,
  n_inner: 1024,
  n_positions: 256,
  vocab_size: 8192,
  layer_norm_epsilon: 1e-5,
  tie_word_embeddings: true,
};

for (const how of [['full'], ['full', 'recompute'], ['lora'], ['lora', 'recompute']]) {
  test(`a real training takes no more than was expected, and not far less: ${how.join(', ')}`, () => {
    const folder = randomGpt2(path.join(home, 'small'), SMALL);
    const script = path.join(import.meta.dirname, '../../bench/training/ours.ts');
    const [kind = '', recompute] = how;

    const argv = [script, folder, kind, '4', '256', ...(recompute ? [recompute] : [])];
    const { stdout, stderr } = spawnSync(process.execPath, argv, { input: '\n\n\n', encoding: 'utf8' });

    assert.equal(stderr, '');
    const { peak, expected } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    assert.ok(peak <= expected, `${peak / 1e6} MB were held, ${expected / 1e6} expected`);
    assert.ok(expected <= 1.6 * peak, `${expected / 1e6} MB were expected, ${peak / 1e6} held`);
  });
}
