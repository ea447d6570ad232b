/** A model folder opened to be used. */
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import { readModelFolder } from './model-folder.ts';
import { modelHash } from './model-hash.ts';
import { type Network, openNetwork } from './network.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer.ts';

export interface Model {
  /** The folder's own name. */
  readonly name: string;
  /** SHA-256 of config, tokenizer and weights. */
  readonly hash: string;
  readonly config: Gpt2Config;
  readonly tokenizer: Tokenizer;
  readonly network: Network;
}

/** Blocks its thread while the weights load, as every use of the model's network does. Release the network at the end. */
export async function openModel(folder: string): Promise<Model> {
  const model = readModelFolder(folder);
  const tokenizer = loadTokenizer(folder);
  if (tokenizer.vocabularySize > model.config.vocab_size) {
    throw new UserError(
      `${path.join(folder, 'tokenizer.json')}: expected at most the ${model.config.vocab_size} tokens of config.json, found ${tokenizer.vocabularySize}`,
      { hint: 'Config, tokenizer and weights must be of one model.' },
    );
  }
  const hash = await modelHash(folder);
  return {
    name: path.basename(path.resolve(folder)),
    hash,
    config: model.config,
    tokenizer,
    network: await openNetwork(model),
  };
}
