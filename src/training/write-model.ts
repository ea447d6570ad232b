/** Writes a model folder in Hugging Face's GPT-2 layout: whole, or not at all. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Gpt2Config } from '../model/gpt2-config.ts';
import { configJson } from '../model/model-folder.ts';
import { saveTensors } from './checkpoint.ts';
import type { Tensors } from './trainable.ts';

export interface NewModel {
  readonly config: Gpt2Config;
  /** The content of tokenizer.json. */
  readonly tokenizer: string;
  readonly endOfText: number;
  readonly parameters: Tensors;
  /** How it was made: written to run.json. */
  readonly run: object;
}

const FILES = ['config.json', 'tokenizer.json', 'generation_config.json', 'model.safetensors', 'run.json'];

/** Replaces the model's own files in `folder`; a README or recipe beside them stays. Weights are stored in half precision. */
export function writeModel(folder: string, { config, tokenizer, endOfText, parameters, run }: NewModel): void {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const write = (name: string, content: string) => writeFileSync(path.join(unfinished, name), content);
  const json = (content: object) => `${JSON.stringify(content, null, 2)}\n`;

  write('config.json', json(configJson(config, endOfText)));
  write('tokenizer.json', tokenizer);
  write('generation_config.json', json({ bos_token_id: endOfText, eos_token_id: endOfText, do_sample: true }));
  write('run.json', json(run));
  saveTensors(path.join(unfinished, 'model.safetensors'), config, parameters, 'F16');

  if (!existsSync(folder)) {
    renameSync(unfinished, folder);
    return;
  }
  for (const name of FILES) renameSync(path.join(unfinished, name), path.join(folder, name));
  rmSync(unfinished, { recursive: true });
}
