import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { UserError } from '../errors.ts';
import type { Added } from '../model/import/add-model.ts';

interface AddFlags {
  readonly as?: string;
  readonly tokenizer?: string;
  readonly base?: string;
  readonly json?: boolean;
}

export function addCommand(): Command {
  return new Command('add')
    .description('Make a model in models/ of a GPT-2 from elsewhere: Hugging Face, PyTorch, gpt-2-simple, PEFT')
    .argument('<path>', 'a folder, a file of weights, or a zip, tar or tar.gz of either')
    .option('--as <name>', "the folder to make under models/ (default: the path's name)")
    .option('--tokenizer <model>', 'take the tokenizer of this model, or of this folder')
    .option('--base <model>', 'of an adapter: the model that it stands on, where that has another name here')
    .option('--json', 'print what was added as JSON')
    .addHelpText(
      'after',
      `
What it takes, with config.json and tokenizer.json beside it where there are any:
  model.safetensors or pytorch_model.bin, also in shards with their index; any .safetensors, .bin, .pt, .pth, .ckpt
  checkpoint/run1 of gpt-2-simple, with model-*.index and .data, encoder.json, vocab.bpe and hparams.json
  adapter_config.json with adapter_model.safetensors or .bin of PEFT, when its base is in models/

Nothing of what is in the files is run. The weights are copied; what is given stays as it is.

Examples:
  eidolon model add ~/Downloads/checkpoint_run1.tar --as ada
  eidolon model add ~/colab/results/final --as ada
  eidolon model add weights.pt --tokenizer gpt2`,
    )
    .action(add);
}

async function add(given: string, { as, tokenizer, base, json = false }: AddFlags): Promise<void> {
  const { existsSync } = await import('node:fs');
  const { home } = await import('../environment.ts');
  const { addModel } = await import('../model/import/add-model.ts');
  const { progressOn } = await import('./progress-line.ts');

  const models = join(home(), 'models');
  const name = nameOf(as ?? suggestedName(resolve(given)));
  const known = (model: string) => [join(models, model), model].find((folder) => existsSync(folder)) ?? model;
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

  const progress = progressOn(process.stderr, name);
  try {
    const added = await addModel({
      source: given,
      output: join(models, name),
      tokenizer: tokenizer === undefined ? undefined : known(tokenizer),
      base,
      now: new Date(),
      onProgress: (reading) => progress.report(reading),
      onUnpack: (archive) => console.error(`Unpacking ${archive} …`),
      signal: stopping.signal,
    });
    progress.clear();
    console.log(json ? JSON.stringify({ model: name, ...added }) : inWords(name, added));
  } finally {
    progress.clear();
  }
}

/** `checkpoint_run1.tar` as checkpoint_run1; a file that is called as all are, by its folder. */
function suggestedName(file: string): string {
  const plain = basename(file).replace(/(\.index)?\.(json|tgz|tar\.gz|zip|tar|safetensors|bin|pth?|ckpt|index)$/i, '');
  const isUsual = /^(pytorch_model|model(-\d+|\.ckpt)?|adapter_(model|config))(\.(safetensors|bin))?$/.test(plain);
  return isUsual ? basename(dirname(file)) : plain;
}

function nameOf(text: string): string {
  const name = text.replace(/\s+/g, '-');
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new UserError(`Expected a name for a folder under models/, found "${text}"`, {
    hint: 'Give one with --as: letters, digits, dots, hyphens',
  });
}

function inWords(name: string, { kind, format, parameters, bytes, remarks }: Added): string {
  const size = parameters < 1e6 ? parameters.toLocaleString('en') : `${(parameters / 1e6).toFixed(1)} M`;
  const what = kind === 'adapter' ? 'an adapter' : format === 'safetensors' ? 'a model' : `a model from ${format}`;
  const line = `models/${name} is ${what}: ${size} parameters, ${Math.ceil(bytes / 1e6)} MB`;
  return [line, ...remarks.map((remark) => `  ${remark}`)].join('\n');
}
