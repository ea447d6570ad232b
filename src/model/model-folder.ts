/**
 * A Hugging Face GPT-2 folder, or that of an adapter beside its base's: the config and where the tensors lie. What does not
 * fit together is refused here.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import { parameterShapes } from './gpt2-graph.ts';
import { type Adapter, baseFolder, checkAdapter, isAdapter, readAdapter } from './peft.ts';
import {
  type Quantization,
  quantizationOf,
  quantizationSchema,
  quantizedShapes,
  type StoredShape,
} from './quantization/quantization.ts';
import { readSafetensors, type Safetensors, type TensorEntry } from './safetensors.ts';

export interface ModelFolder {
  readonly folder: string;
  readonly config: Gpt2Config;
  /** By GPT-2's own names, without the prefix `transformer.` that some exports write: `wte.weight`, `h.0.ln_1.bias`. */
  readonly weights: Safetensors;
  /** Where the matrices are stored in codes of few bits, instead of numbers. */
  readonly quantization?: Quantization;
  /** What the folder adds to these weights; where there is one, config and weights are its base's. */
  readonly adapter?: Adapter;
}

const count = z.int().positive();
const schema = z.looseObject({
  model_type: z.literal('gpt2'),
  activation_function: z.literal('gelu_new').default('gelu_new'),
  n_layer: count.max(1000),
  n_head: count,
  n_embd: count,
  n_inner: count.nullish(),
  n_positions: count,
  vocab_size: count,
  layer_norm_epsilon: z.number().positive().default(1e-5),
  scale_attn_weights: z.literal(true).default(true),
  scale_attn_by_inverse_layer_idx: z.literal(false).default(false),
  tie_word_embeddings: z.boolean().default(true),
  quantization_config: quantizationSchema.optional(),
});

/** Written by some exports, and not parameters: the causal masks, and a tied head, which is the embedding again. */
export const NOT_PARAMETERS = /^h\.\d+\.attn\.(masked_)?bias$|^lm_head\.weight$/;
const READABLE = ['F32', 'F16', 'BF16'];

export function readModelFolder(folder: string): ModelFolder {
  const base = baseFolder(folder);
  const { config, quantization } = parseConfig(path.join(base, 'config.json'));
  const file = readSafetensors(path.join(base, 'model.safetensors'));
  const weights = { ...file, tensors: fittingTensors(file, config, quantization) };
  const model = { folder, config, weights, ...(quantization && { quantization }) };
  if (!isAdapter(folder)) return model;

  const adapter = readAdapter(folder);
  checkAdapter(adapter, config);
  return { ...model, adapter };
}

/** As `readModelFolder`, for who calculates with the weights. @throws UserError where they are stored in codes. */
export function readFloatModel(folder: string): ModelFolder {
  const model = readModelFolder(folder);
  if (!model.quantization) return model;
  throw new UserError(
    `${folder}: expected a model whose weights are numbers, found codes of ${model.quantization.bits} bits`,
    { hint: 'Use the model that it was made from: its config.json names it as quantized_from' },
  );
}

/** What config.json holds for a shape: enough for this program and for Python's transformers. */
export function configJson(config: Gpt2Config, endOfText: number): object {
  return {
    model_type: 'gpt2',
    architectures: ['GPT2LMHeadModel'],
    activation_function: 'gelu_new',
    ...config,
    bos_token_id: endOfText,
    eos_token_id: endOfText,
  };
}

export const readConfig = (file: string): Gpt2Config => parseConfig(file).config;

function parseConfig(file: string): { readonly config: Gpt2Config; readonly quantization?: Quantization } {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const found = error instanceof SyntaxError ? 'something that is not JSON' : 'none that can be read';
    throw refuse(file, 'the config of a GPT-2', found, error);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(file, 'the config of a GPT-2', `${issue?.path.join('.') || 'its content'}: ${issue?.message}`);
  }
  const { n_layer, n_head, n_embd, n_inner, n_positions, vocab_size } = parsed.data;
  const { layer_norm_epsilon, tie_word_embeddings } = parsed.data;
  if (n_embd % n_head !== 0) throw refuse(file, `an n_head that divides n_embd ${n_embd}`, `${n_head}`);
  const config = {
    n_layer,
    n_head,
    n_embd,
    n_inner: n_inner ?? 4 * n_embd,
    n_positions,
    vocab_size,
    layer_norm_epsilon,
    tie_word_embeddings,
  };
  const stored = parsed.data.quantization_config;
  return { config, ...(stored && { quantization: quantizationOf(stored) }) };
}

function fittingTensors(
  { file, tensors }: Safetensors,
  config: Gpt2Config,
  quantization: Quantization | undefined,
): ReadonlyMap<string, TensorEntry> {
  const found = new Map([...tensors].map(([name, entry]) => [name.replace(/^transformer\./, ''), entry]));
  const expected = quantization ? quantizedShapes(config, quantization) : floatShapes(config);
  for (const name of found.keys()) {
    if (!expected.has(name) && !NOT_PARAMETERS.test(name)) {
      throw refuse(file, `the ${expected.size} tensors of its config.json`, `${name} among them`);
    }
  }
  return new Map(
    [...expected].map(([name, { dtype, shape }]) => {
      const entry = found.get(name);
      if (!entry) throw refuse(file, `${name} [${shape}], as config.json has it`, 'no such tensor');
      if (entry.shape.join() !== shape.join()) {
        throw refuse(file, `${name} [${shape}], as config.json has it`, `[${entry.shape}]`);
      }
      const readable = dtype ? [dtype] : READABLE;
      if (!readable.includes(entry.dtype)) throw refuse(file, `${name} in ${readable.join(', ')}`, entry.dtype);
      return [name, entry];
    }),
  );
}

const floatShapes = (config: Gpt2Config): ReadonlyMap<string, StoredShape> =>
  new Map([...parameterShapes(config)].map(([name, shape]) => [name, { shape }]));

function refuse(file: string, expected: string, found: string, cause?: unknown): UserError {
  return new UserError(`${file}: expected ${expected}, found ${found}`, {
    hint: 'A model is a folder with config.json, tokenizer.json and model.safetensors of one GPT-2.',
    cause,
  });
}
