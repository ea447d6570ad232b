/** A GPT-2 of any shape with random weights, as a folder that a training can begin from. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Gpt2Config } from '../../src/model/gpt2-config.ts';
import { parameterShapes } from '../../src/model/gpt2-graph.ts';
import { configJson } from '../../src/model/model-folder.ts';
import { writeSafetensors } from '../../src/model/safetensors.ts';
import { randomFrom } from '../../src/random.ts';

/** GPT-2's smallest. */
export const GPT2: Gpt2Config = {
  n_layer: 12,
  n_head: 12,
  n_embd: 768,
  n_inner: 3072,
  n_positions: 1024,
  vocab_size: 50257,
  layer_norm_epsilon: 1e-5,
  tie_word_embeddings: true,
};

export function randomGpt2(folder: string, config: Gpt2Config): string {
  if (existsSync(path.join(folder, 'config.json'))) return folder;
  mkdirSync(folder, { recursive: true });
  const random = randomFrom(1);
  const tensors = [...parameterShapes(config)].map(([name, shape]) => ({
    name,
    dtype: 'F32' as const,
    shape,
    get data() {
      const values = new Float32Array(shape.reduce((size, dimension) => size * dimension, 1));
      if (/ln_\w+\.weight$/.test(name)) return values.fill(1);
      return name.endsWith('.bias') ? values : values.map(() => 0.07 * (random() - 0.5));
    },
  }));
  writeSafetensors(path.join(folder, 'model.safetensors'), tensors);
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(configJson(config, config.vocab_size - 1)));
  return folder;
}
