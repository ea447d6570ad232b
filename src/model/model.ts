/** A model folder opened to be used. */
import path from 'node:path';
import { UserError } from '../errors.ts';
import { type LoadedAdapter, loadAdapter } from './adapter-stack.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import { type ModelFolder, readModelFolder } from './model-folder.ts';
import { modelHash } from './model-hash.ts';
import { type Network, openNetwork } from './network.ts';
import { baseFolder, isAdapter } from './peft.ts';
import { refuseTooLarge } from './room-in-memory.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer.ts';

export interface Model {
  /** The folder's own name. */
  readonly name: string;
  /** SHA-256 of config, tokenizer and weights. */
  readonly hash: string;
  readonly config: Gpt2Config;
  readonly tokenizer: Tokenizer;
  /** The base's, where the model is an adapter: other adapters may share it. */
  readonly network: Network;
  /** What the rows of this model are read with. */
  readonly adapter?: LoadedAdapter;
}

/** Where its weights are computed with; `adapted`: with an adapter, for a start. */
export type OpenNetwork = (model: ModelFolder, options: { readonly adapted: boolean }) => Promise<Network>;

/** Blocks its thread while the weights load, as every use of the model's network does. Release the network at the end. */
export async function openModel(folder: string, open: OpenNetwork = openNetwork): Promise<Model> {
  const base = await openBase(baseFolder(folder), (files) => open(files, { adapted: isAdapter(folder) }));
  if (!isAdapter(folder)) return base;
  try {
    return await adaptedModel(base, folder);
  } catch (error) {
    await base.network.release();
    throw error;
  }
}

async function openBase(folder: string, open: (model: ModelFolder) => Promise<Network>): Promise<Model> {
  const model = readModelFolder(folder);
  refuseTooLarge(folder, model);
  const tokenizer = loadTokenizer(folder);
  if (tokenizer.vocabularySize > model.config.vocab_size) {
    throw new UserError(
      `${path.join(folder, 'tokenizer.json')}: expected at most the ${model.config.vocab_size} tokens of config.json, found ${tokenizer.vocabularySize}`,
      { hint: 'Config, tokenizer and weights must be of one model.' },
    );
  }
  const hash = await modelHash(folder);
  return { name: nameOf(folder), hash, config: model.config, tokenizer, network: await open(model) };
}

/** The model of an adapter's folder, on its base that is open already. */
export async function adaptedModel(base: Model, folder: string): Promise<Model> {
  const { adapter } = readModelFolder(folder);
  if (!adapter) throw new Error(`${folder} is no adapter`);
  const [hash, loaded] = [await modelHash(folder), loadAdapter(adapter, base.config)];
  return { ...base, name: nameOf(folder), hash, adapter: loaded };
}

const nameOf = (folder: string) => path.basename(path.resolve(folder));
