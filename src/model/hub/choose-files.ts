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

interface WeightsForm {
  readonly whole: string;
  readonly index: string;
  readonly shard: RegExp;
}

/** The first that a repository has is taken. */
const FORMS: readonly WeightsForm[] = [
  {
    whole: 'model.safetensors',
    index: 'model.safetensors.index.json',
    shard: /^model-\d{5}-of-(?<count>\d{5})\.safetensors$/,
  },
  {
    whole: 'pytorch_model.bin',
    index: 'pytorch_model.bin.index.json',
    shard: /^pytorch_model-\d{5}-of-(?<count>\d{5})\.bin$/,
  },
];

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
  const { weights, index } = weightsAmong(files);
  if (weights.length === 0) {
    throw new UserError(`${repository}: expected model.safetensors or pytorch_model.bin, found neither`, {
      hint: 'Its weights are in a form of another program, or it has none',
    });
  }
  const tokenizer = present('tokenizer.json');
  const tables = present('vocab.json', 'merges.txt');
  return {
    descriptions: [
      ...present('config.json', 'generation_config.json'),
      ...(tokenizer.length > 0 ? tokenizer : [...tables, ...present('added_tokens.json')]),
      ...index,
    ],
    weights,
    isModelFolder: weights[0]?.path === 'model.safetensors' && tokenizer.length > 0,
  };
}

function weightsAmong(files: RemoteRepository['files']): Record<'weights' | 'index', readonly RemoteFile[]> {
  for (const form of FORMS) {
    const whole = files.get(form.whole);
    if (whole) return { weights: [whole], index: [] };
    const index = files.get(form.index);
    const shards = index ? [...files.values()].filter(({ path }) => form.shard.test(path)) : [];
    const count = Number(form.shard.exec(shards[0]?.path ?? '')?.groups?.count);
    if (index && shards.length === count) return { weights: shards, index: [index] };
  }
  return { weights: [], index: [] };
}
