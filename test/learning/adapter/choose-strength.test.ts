import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { chooseStrength, STRENGTHS, scaled } from '../../../src/learning/adapter/choose-strength.ts';
import { distinctAtEqualCounts } from '../../../src/learning/adapter/distinct.ts';
import { readModelFolder } from '../../../src/model/model-folder.ts';
import { initialAdapter } from '../../../src/training/adapter-parameters.ts';
import { adapterFiles } from '../../../src/training/run/model-files.ts';
import { persona } from '../../daemon/composing.ts';
import { writeRandomModel } from '../../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'strength-'));
after(() => rmSync(home, { recursive: true }));
const LORA = { r: 2, alpha: 4, dropout: 0, targetModules: ['c_attn'] };

test('two voices are compared by as many tokens, however long their texts are', () => {
  const short = [{ tokens: [1, 2, 3] }, { tokens: [4, 5] }];
  const long = [{ tokens: [1, 2, 1, 2, 1] }, { tokens: [9, 9, 9, 9, 9] }];

  const { tokens, one, two } = distinctAtEqualCounts(short, long);

  assert.equal(tokens, 5);
  assert.deepEqual(one, { before: 1, after: 2 / 5 });
  assert.deepEqual(two, { before: 1, after: 2 / 4 });
});

test('what an adapter adds is scaled by its B alone', () => {
  const tensors = new Map([
    ['h.0.attn.c_attn.lora_A.weight', Float32Array.of(1, 2)],
    ['h.0.attn.c_attn.lora_B.weight', Float32Array.of(3, 4)],
  ]);

  const half = scaled(tensors, 0.5);

  assert.deepEqual([...half.values()], [Float32Array.of(1, 2), Float32Array.of(1.5, 2)]);
});

test('an adapter that changes nothing is taken whole', async () => {
  const toy = writeRandomModel(path.join(home, 'toy'));
  const files = adapterFiles({ ...LORA, base: toy });
  const { strength, folder, tried } = await chooseStrength({
    persona: persona({ sampling: { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, maxTokens: 6 } }),
    present: toy,
    trained: initialAdapter(readModelFolder(toy).config, LORA, 1),
    write(tensors) {
      const written = path.join(home, 'strengthened');
      files.write(written, tensors, 'F32');
      return written;
    },
    seed: 1,
  });

  assert.equal(strength, STRENGTHS[0]);
  assert.ok(tried.length < STRENGTHS.length);
  assert.equal(readModelFolder(folder).adapter?.r, 2);
});
