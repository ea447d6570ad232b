/**
 * Low-rank adapters (LoRA, Hu et al. 2021, arXiv 2106.09685) in the file layout of Python's peft: adapter_config.json and
 * adapter_model.safetensors. What peft can write and this program cannot compute is refused by name.
 * Reference: https://github.com/huggingface/peft/blob/main/src/peft/tuners/lora/config.py
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import { parameterShapes } from './gpt2-graph.ts';
import { readSafetensors, type Safetensors, type TensorEntry, writeSafetensors } from './safetensors.ts';

export const ADAPTER_CONFIG = 'adapter_config.json';
export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

export interface AdapterSettings {
  /** As written: a folder's name, a path, or a repository such as openai-community/gpt2. */
  readonly base: string;
  readonly r: number;
  readonly alpha: number;
  readonly dropout: number;
  /** A module's name or the end of one, after a dot: `c_proj` means both of a layer. */
  readonly targetModules: readonly string[];
  /** Scales by alpha / √r instead of alpha / r (Kalajdzievski 2023, arXiv 2312.03732). */
  readonly useRslora?: boolean;
}

export interface Adapter extends AdapterSettings {
  readonly folder: string;
  /** What x·Aᵀ·Bᵀ is multiplied by. */
  readonly scale: number;
  /** `h.0.attn.c_attn.lora_A.weight` [r, in] and `….lora_B.weight` [out, r] of every adapted module. */
  readonly weights: Safetensors;
}

export interface NewAdapter extends AdapterSettings {
  /** By the names of `Adapter.weights`, row-major. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** A linear layer that an adapter can stand beside. */
export interface LoraModule {
  /** `h.0.attn.c_attn` */
  readonly name: string;
  readonly in: number;
  readonly out: number;
}

/** The layers of a GPT-2 that `targets` name, in the order of the forward pass. */
export function loraModules(config: Gpt2Config, targets: readonly string[]): readonly LoraModule[] {
  const linear = linearLayers(config);
  const named = (name: string, target: string) => name === target || name.endsWith(`.${target}`);
  const unknown = targets.find((target) => !linear.some(({ name }) => named(name, target)));
  if (unknown !== undefined) {
    const known = new Set(linear.map(({ name }) => name.split('.').slice(2).join('.')));
    throw new UserError(`Expected layers that an adapter can stand beside, found ${unknown}`, {
      hint: `A GPT-2 has ${[...known].join(', ')}`,
    });
  }
  return linear.filter(({ name }) => targets.some((target) => named(name, target)));
}

/** Every layer that an adapter can stand beside, in the order of the forward pass. */
export function linearLayers(config: Gpt2Config): readonly LoraModule[] {
  return [...parameterShapes(config)].flatMap(([name, [rows = 0, columns]]) =>
    name.startsWith('h.') && columns !== undefined
      ? [{ name: name.replace(/\.weight$/, ''), in: rows, out: columns }]
      : [],
  );
}

/** Whether `folder` holds an adapter instead of a whole model. */
export function isAdapter(folder: string): boolean {
  return existsSync(path.join(folder, ADAPTER_CONFIG));
}

/**
 * The folder of config, tokenizer and whole weights: of an adapter, its base's, beside it or where it says, by a path that is
 * absolute or begins with a dot and leads on from the adapter's own folder; else `folder` itself.
 */
export function baseFolder(folder: string): string {
  if (!isAdapter(folder)) return folder;
  const file = path.join(folder, ADAPTER_CONFIG);
  const { base } = readAdapterConfig(file);
  const name = base.split(/[\\/]/).findLast((part) => part !== '') ?? '';
  const beside = path.join(path.resolve(folder), '..', name);
  const said = path.isAbsolute(base) || /^\.\.?[\\/]/.test(base) ? [path.resolve(folder, base)] : [];
  const found = [beside, ...said].find(
    (each) => !/^\.*$/.test(name) && existsSync(path.join(each, 'config.json')) && !isAdapter(each),
  );
  if (found) return found;
  throw new UserError(`${file}: expected its base model in ${beside}, found none`, {
    hint: `Get it first: eidolon model pull ${base}`,
  });
}

/** Settings that change nothing in what an adapter computes; every other one that is unknown here must be off or empty. */
const HARMLESS = new Set([
  'auto_mapping',
  'corda_config',
  'ensure_weight_tying',
  'eva_config',
  'exclude_modules',
  'fan_in_fan_out',
  'inference_mode',
  'layers_pattern',
  'layers_to_transform',
  'loftq_config',
  'lora_ga_config',
  'megatron_config',
  'megatron_core',
  'merge_weights',
  'peft_version',
  'qalora_group_size',
  'revision',
  'runtime_config',
]);

const schema = z
  .object({
    peft_type: z.literal('LORA'),
    task_type: z.literal('CAUSAL_LM').nullish(),
    base_model_name_or_path: z.string().min(1),
    r: z.int().positive(),
    lora_alpha: z.number().positive().default(8),
    lora_dropout: z.number().min(0).max(1).default(0),
    target_modules: z.union([z.string().transform((pattern) => [pattern]), z.array(z.string())]),
    bias: z.literal('none').default('none'),
    use_rslora: z.boolean().default(false),
    // Other ways to begin (pissa, olora, loftq, …) change the base's own weights too.
    init_lora_weights: z.union([z.boolean(), z.enum(['gaussian', 'eva', 'orthogonal'])]).default(true),
  })
  .catchall(z.unknown())
  .check(({ value, issues }) => {
    for (const [key, setting] of Object.entries(value)) {
      if (key in schema.shape || HARMLESS.has(key) || isOff(setting)) continue;
      issues.push({
        code: 'custom',
        path: [key],
        message: `${JSON.stringify(setting)} is not supported`,
        input: value,
      });
    }
  });

const isOff = (setting: unknown) =>
  setting === null || setting === false || (typeof setting === 'object' && Object.keys(setting).length === 0);

/** Reads and checks config and header of an adapter; its base is not looked at. */
export function readAdapter(folder: string): Adapter {
  const settings = readAdapterConfig(path.join(folder, ADAPTER_CONFIG));
  const read = readSafetensors(path.join(folder, ADAPTER_WEIGHTS));
  const tensors = new Map([...read.tensors].map(([name, entry]) => [plainName(name), entry]));
  const { r, alpha, useRslora } = settings;
  return { ...settings, folder, scale: alpha / (useRslora ? Math.sqrt(r) : r), weights: { ...read, tensors } };
}

/**
 * Writes both files into `folder`, the config last: only then is the folder an adapter. A base model, a report or a
 * run.json there stay.
 */
export function writeAdapter(folder: string, { tensors, ...settings }: NewAdapter): void {
  const { base, r, alpha, dropout, targetModules, useRslora = false } = settings;
  mkdirSync(folder, { recursive: true });
  writeSafetensors(
    path.join(folder, ADAPTER_WEIGHTS),
    [...tensors].map(([name, data]) => ({
      name: `base_model.model.transformer.${name}`,
      dtype: 'F32',
      shape: isA(name) ? [r, data.length / r] : [data.length / r, r],
      data,
    })),
  );
  const config = {
    auto_mapping: null,
    base_model_name_or_path: base,
    bias: 'none',
    fan_in_fan_out: true, // GPT-2's layers are [in, out], as peft has to know
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: alpha,
    lora_dropout: dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r,
    revision: null,
    target_modules: targetModules,
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: useRslora,
  };
  const unfinished = path.join(folder, `${ADAPTER_CONFIG}.unfinished`);
  writeFileSync(unfinished, `${JSON.stringify(config, null, 2)}\n`);
  renameSync(unfinished, path.join(folder, ADAPTER_CONFIG));
}

/** @throws UserError unless the adapter's tensors are pairs that fit layers of such a GPT-2. */
export function checkAdapter({ folder, r, weights }: Adapter, config: Gpt2Config): void {
  const file = path.join(folder, ADAPTER_WEIGHTS);
  const expected = new Map(
    linearLayers(config).flatMap((module): [string, readonly number[]][] => [
      [`${module.name}.lora_A.weight`, [r, module.in]],
      [`${module.name}.lora_B.weight`, [module.out, r]],
    ]),
  );
  if (weights.tensors.size === 0) throw refuse(file, 'an adapter', 'no tensors');
  for (const [name, { shape, dtype }] of weights.tensors) {
    const fitting = expected.get(name);
    if (!fitting) throw refuse(file, "lora_A and lora_B beside its base's linear layers", name);
    if (shape.join() !== fitting.join()) throw refuse(file, `${name} [${fitting}]`, `[${shape}]`);
    if (!['F32', 'F16', 'BF16'].includes(dtype)) throw refuse(file, `${name} in F32, F16, BF16`, dtype);
    const other = isA(name) ? name.replace('lora_A', 'lora_B') : name.replace('lora_B', 'lora_A');
    if (!weights.tensors.has(other)) throw refuse(file, `${other} to go with ${name}`, 'no such tensor');
  }
}

/** Both matrices beside a layer, where the adapter has them. */
export function pairBeside(
  adapter: Adapter | undefined,
  layer: string,
): readonly [TensorEntry, TensorEntry] | undefined {
  const [a, b] = ['A', 'B'].map((side) => adapter?.weights.tensors.get(`${layer}.lora_${side}.weight`));
  return a && b ? [a, b] : undefined;
}

const isA = (name: string) => name.endsWith('.lora_A.weight');

/** `base_model.model.transformer.h.0.…` to `h.0.…`; an adapter of a GPT-2 without a head lacks `transformer.` */
function plainName(name: string): string {
  return name.replace(/^base_model\.model\.(transformer\.)?/, '');
}

function readAdapterConfig(file: string): Required<AdapterSettings> {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const found = error instanceof SyntaxError ? 'something that is not JSON' : 'none that can be read';
    throw refuse(file, 'the config of a LoRA adapter', found, error);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(file, 'the config of a LoRA adapter', `${issue?.path.join('.') || 'its content'}: ${issue?.message}`);
  }
  const { data } = parsed;
  return {
    base: data.base_model_name_or_path,
    r: data.r,
    alpha: data.lora_alpha,
    dropout: data.lora_dropout,
    targetModules: data.target_modules,
    useRslora: data.use_rslora,
  };
}

function refuse(file: string, expected: string, found: string, cause?: unknown): UserError {
  return new UserError(`${file}: expected ${expected}, found ${found}`, {
    hint: "An adapter is a folder as peft's save_pretrained writes it, of plain LoRA on a GPT-2's linear layers.",
    cause,
  });
}
