/** Which files of a repository make a GPT-2. */
import { UserError } from '../../errors.ts';
import type { RemoteFile, RemoteRepository } from './read-repository.ts';

export interface ChosenFiles {
  /** Small, and enough to refuse what is no GPT-2: fetched first. */
  readonly descriptions: readonly RemoteFile[];
  readonly weights: readonly RemoteFile[];
  /** They make a model folder as they are; else it is made from them. */
  readonly isModelFolder: boolean;
}

const INDEX = 'model.safetensors.index.json';
const SHARD = /^model-\d{5}-of-(\d{5})\.safetensors$/;

/** @throws UserError where there is no GPT-2 in a form that can be read. */
export function chooseFiles({ repository, files }: RemoteRepository): ChosenFiles {
  if (!files.has('config.json')) {
    throw new UserError(`${repository}: expected a config.json, found none`, {
      hint: files.has('adapter_config.json')
        ? 'It is an adapter: download its folder and run eidolon model add on it'
        : 'Only models in the form of Python transformers can be pulled',
    });
  }
  const present = (...paths: readonly string[]) => paths.flatMap((path) => files.get(path) ?? []);
  const weights = weightsAmong(files);
  if (!weights) {
    throw new UserError(`${repository}: expected model.safetensors or pytorch_model.bin, found neither`, {
      hint: 'Its weights are in a form of another program, or it has none',
    });
  }
  const tokenizer = present('tokenizer.json');
  const tables = present('vocab.json', 'merges.txt');
  if (tokenizer.length === 0 && tables.length < 2) {
    throw new UserError(`${repository}: expected tokenizer.json, or vocab.json with merges.txt, found neither`, {
      hint: 'Its tokenizer is of another kind than GPT-2’s',
    });
  }
  return {
    descriptions: [
      ...present('config.json', 'generation_config.json'),
      ...(tokenizer.length > 0 ? tokenizer : [...tables, ...present('added_tokens.json')]),
      ...(weights.length > 1 ? present(INDEX) : []),
    ],
    weights,
    isModelFolder: weights[0]?.path === 'model.safetensors' && tokenizer.length > 0,
  };
}

/** Safetensors, whole or in shards, before PyTorch's own. */
function weightsAmong(files: RemoteRepository['files']): readonly RemoteFile[] | undefined {
  const whole = files.get('model.safetensors');
  if (whole) return [whole];
  const shards = files.has(INDEX) ? [...files.values()].filter(({ path }) => SHARD.test(path)) : [];
  if (shards.length > 0 && shards.length === Number(SHARD.exec(shards[0]!.path)?.[1])) return shards;
  const pickled = files.get('pytorch_model.bin');
  return pickled && [pickled];
}
