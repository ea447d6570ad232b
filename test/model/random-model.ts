/** A GPT-2 that knows nothing, of any shape, as a model folder: quick to make, and enough to run everything else on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Gpt2Config } from '../../src/model/gpt2-config.ts';
import { parameterShapes } from '../../src/model/gpt2-graph.ts';
import { gpt2Prefix } from '../../src/model/gpt2-vocabulary.ts';
import { configJson } from '../../src/model/model-folder.ts';
import { writeSafetensors } from '../../src/model/safetensors.ts';
import { normal, randomFrom } from '../../src/random.ts';

export interface RandomModel extends Partial<Gpt2Config> {
  readonly seed?: number;
  readonly dtype?: 'F32' | 'F16';
  /** Of the weights around their centre; large ones make the model sure of what it babbles. */
  readonly deviation?: number;
}

/** Makes the folder, parents included, and returns it. */
export function writeRandomModel(
  folder: string,
  { seed = 1, dtype = 'F32', deviation = 0.1, ...shape }: RandomModel = {},
) {
  const n_embd = shape.n_embd ?? 16;
  const config: Gpt2Config = {
    n_layer: 2,
    n_head: 2,
    n_inner: 4 * n_embd,
    n_positions: 64,
    vocab_size: 400,
    layer_norm_epsilon: 1e-5,
    tie_word_embeddings: true,
    ...shape,
    n_embd,
  };
  const random = randomFrom(seed);
  const tensors = [...parameterShapes(config)].map(([name, size]) => {
    const centre = /ln_\w+\.weight$/.test(name) ? 1 : 0;
    const length = size.reduce((product, dimension) => product * dimension, 1);
    return { name, dtype, shape: size, data: Float32Array.from({ length }, () => centre + deviation * normal(random)) };
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(configJson(config, config.vocab_size - 1)));
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(gpt2Prefix(config.vocab_size)));
  writeSafetensors(path.join(folder, 'model.safetensors'), tensors);
  return folder;
}
