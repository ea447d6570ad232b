/** A checkpoint's shape: from config.json or hparams.json where they are, else from the shapes of its tensors. */
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { Gpt2Config } from '../gpt2-config.ts';
import { readConfig } from '../model-folder.ts';
import { readJson } from './read-json.ts';
import { type Checkpoint, unusable } from './stored-tensor.ts';

export interface FoundConfig {
  readonly config: Gpt2Config;
  /** What was taken for granted, for people. */
  readonly remarks: readonly string[];
}

export async function configOf(checkpoint: Checkpoint, folder: string | undefined): Promise<FoundConfig> {
  const [config, hparams] = ['config.json', 'hparams.json'].map((name) => path.join(folder ?? '', name));
  if (folder && existsSync(config!)) return { config: readConfig(config!), remarks: [] };
  if (folder && existsSync(hparams!)) return { config: readHparams(hparams!, checkpoint), remarks: [] };
  return inferConfig(checkpoint);
}

const count = z.int().positive();
const hparamsSchema = z.looseObject({
  n_vocab: count,
  n_ctx: count,
  n_embd: count,
  n_head: count,
  n_layer: count.max(1000),
});
const COMMON = { layer_norm_epsilon: 1e-5, tie_word_embeddings: true };

function readHparams(file: string, { tensors }: Checkpoint): Gpt2Config {
  const parsed = hparamsSchema.safeParse(readJson(file, "a GPT-2's sizes"));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw unusable(file, "a GPT-2's sizes", `${issue?.path.join('.') || 'its content'}: ${issue?.message}`);
  }
  const { n_vocab: vocab_size, n_ctx: n_positions, n_embd, n_head, n_layer } = parsed.data;
  if (n_embd % n_head !== 0) throw unusable(file, `an n_head that divides n_embd ${n_embd}`, `${n_head}`);
  const n_inner = tensors.get('h.0.mlp.c_fc.weight')?.shape[1] ?? 4 * n_embd;
  return { n_layer, n_head, n_embd, n_inner, n_positions, vocab_size, ...COMMON };
}

/** Of every GPT-2 that OpenAI has trained, and of nearly every other. */
const HEAD_SIZE = 64;

async function inferConfig(checkpoint: Checkpoint): Promise<FoundConfig> {
  const { tensors, file } = checkpoint;
  const matrix = (name: string): readonly [number, number] => {
    const shape = tensors.get(name)?.shape;
    if (shape?.length === 2) return [shape[0]!, shape[1]!];
    throw unusable(file, `the weights of a GPT-2, ${name} among them`, shape ? `[${shape}]` : 'others');
  };
  const [vocab_size, n_embd] = matrix('wte.weight');
  const [n_positions] = matrix('wpe.weight');
  const [, n_inner] = matrix('h.0.mlp.c_fc.weight');
  if (n_embd % HEAD_SIZE !== 0) {
    throw new UserError(
      `${file}: expected a config.json, as a width of ${n_embd} does not tell its heads, found none`,
      {
        hint: 'Put the config.json of the model beside it, and give the folder',
      },
    );
  }
  const n_head = n_embd / HEAD_SIZE;
  const layers = [...tensors.keys()].map((name) => Number(/^h\.(\d+)\./.exec(name)?.[1] ?? -1));
  const tie_word_embeddings = !(await hasOwnHead(checkpoint));
  const n_layer = Math.max(...layers) + 1;
  const remark = `no config.json: ${n_layer} layers of ${n_embd} as its tensors have them, and ${n_head} heads of ${HEAD_SIZE}, as is usual`;
  const config = { n_layer, n_head, n_embd, n_inner, n_positions, vocab_size, ...COMMON, tie_word_embeddings };
  return { config, remarks: [remark] };
}

/** Whether there is a head that is not the embedding written once more. */
async function hasOwnHead({ tensors }: Checkpoint): Promise<boolean> {
  const [head, embedding] = [tensors.get('lm_head.weight'), tensors.get('wte.weight')];
  if (!head || !embedding) return false;
  if (head.dtype !== embedding.dtype || head.shape.join() !== embedding.shape.join()) return true;
  // By their hashes, so that only one of them is in memory at a time.
  return hash('sha256', await head.read()) !== hash('sha256', await embedding.read());
}
