/** A models folder with random weights in GPT-2's 124M shape, and adapters on it, made by a seed. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gpt2Prefix } from '../../src/model/gpt2-vocabulary.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { loraModules, writeAdapter } from '../../src/model/peft.ts';
import { randomFrom } from '../../src/random.ts';
import { GPT2, randomGpt2 } from '../training/random-gpt2.ts';

export function randomBase(home: string): string {
  const folder = randomGpt2(path.join(home, 'random'), GPT2);
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(gpt2Prefix(GPT2.vocab_size)));
  return folder;
}

export const adapterFolder = (base: string, seed: number): string => path.join(path.dirname(base), `persona-${seed}`);

/** Rank 8 beside every linear layer. */
export function randomAdapter(base: string, seed: number): string {
  const folder = adapterFolder(base, seed);
  const targetModules = ['c_attn', 'c_proj', 'c_fc'];
  const random = randomFrom(seed);
  const values = (length: number) => new Float32Array(length).map(() => 0.02 * (random() - 0.5));
  const modules = loraModules(readModelFolder(base).config, targetModules);
  const tensors = modules.flatMap((module): [string, Float32Array][] => [
    [`${module.name}.lora_A.weight`, values(8 * module.in)],
    [`${module.name}.lora_B.weight`, values(module.out * 8)],
  ]);
  writeAdapter(folder, { base, r: 8, alpha: 16, dropout: 0, targetModules, tensors: new Map(tensors) });
  return folder;
}
