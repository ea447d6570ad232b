/** Writes a model as a folder that Python's transformers, Transformers.js and other programs for GPT-2 load: whole, or not at all. */
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { configJson, type ModelFolder, readFloatModel } from '../model-folder.ts';
import { baseFolder } from '../peft.ts';
import { type TensorData, writeSafetensors } from '../safetensors.ts';
import { loadTokenizer } from '../tokenizer.ts';
import { mergedWeight } from './merged-weights.ts';
import { tokenizerFiles } from './tokenizer-files.ts';
import { transformersGraph } from './transformers-graph.ts';

export interface ExportOptions {
  /** How the weights are stored; without it as they are, but F32 where the model has an adapter or is stored as BF16. */
  readonly dtype?: 'F32' | 'F16' | undefined;
}

export interface ExportedFile {
  /** Relative to the folder. */
  readonly name: string;
  readonly bytes: number;
}

const WEIGHTS = 'model.safetensors';
const GRAPH = path.join('onnx', 'model.onnx');
/** Transformers.js finds the weights by this name alone. */
const GRAPH_WEIGHTS = `${GRAPH}_data`;
const FILES = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.json',
  'merges.txt',
  WEIGHTS,
  GRAPH,
  GRAPH_WEIGHTS,
];

/** Replaces an earlier export at `to`. @throws UserError where something else is there, or the model cannot be read. */
export function exportModel(folder: string, to: string, { dtype }: ExportOptions = {}): readonly ExportedFile[] {
  const model = readFloatModel(folder);
  const { endOfText } = loadTokenizer(folder);
  const tokenizer = readFileSync(path.join(baseFolder(folder), 'tokenizer.json'), 'utf8');
  const target = path.resolve(to);
  refuseForeign(target);

  const unfinished = `${target}.${process.pid}.unfinished`;
  const ends = { bos_token_id: endOfText, eos_token_id: endOfText, pad_token_id: endOfText };
  const texts = {
    'config.json': json(transformersConfig(model, endOfText)),
    'generation_config.json': json({ ...ends, do_sample: true }),
    'tokenizer.json': tokenizer,
    ...tokenizerFiles(JSON.parse(tokenizer), endOfText, model.config.n_positions),
  };
  try {
    mkdirSync(path.join(unfinished, path.dirname(GRAPH)), { recursive: true });
    for (const [name, text] of Object.entries(texts)) writeFileSync(path.join(unfinished, name), text);
    writeSafetensors(path.join(unfinished, WEIGHTS), tensorsOf(model, dtype ?? usualDtype(model)));
    linkOrCopy(path.join(unfinished, WEIGHTS), path.join(unfinished, GRAPH_WEIGHTS));
    const graph = transformersGraph(readFloatModel(unfinished), path.basename(GRAPH_WEIGHTS));
    writeFileSync(path.join(unfinished, GRAPH), graph);
    rmSync(target, { recursive: true, force: true });
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw refusalOf(error, target);
  }
  return FILES.map((name) => ({ name, bytes: statSync(path.join(target, name)).size }));
}

/** An empty folder, or one with nothing in it but what an export writes, may be replaced. */
function refuseForeign(target: string): void {
  const found = statSync(target, { throwIfNoEntry: false });
  if (!found) return;
  const names = found.isDirectory() ? readdirSync(target) : [path.basename(target)];
  const known = new Set(FILES.map((name) => name.split(path.sep)[0]!));
  const foreign =
    names.find((name) => !known.has(name)) ?? (existsSync(path.join(target, GRAPH)) ? undefined : names[0]);
  if (foreign === undefined) return;
  throw new UserError(`${target}: expected no folder, or an earlier export, found ${foreign} there`, {
    hint: 'Name another folder with --to.',
  });
}

/** What Python's transformers and Transformers.js want to know beside the shape. */
function transformersConfig({ config }: ModelFolder, endOfText: number): object {
  return {
    ...configJson(config, endOfText),
    // What is computed in, however the weights are stored; else half precision would choose other tokens here and there.
    dtype: 'float32',
    'transformers.js_config': { dtype: 'fp32', use_external_data_format: true },
  };
}

function usualDtype({ weights, adapter }: ModelFolder): 'F32' | 'F16' {
  const isHalf = !adapter && [...weights.tensors.values()].every(({ dtype }) => dtype === 'F16');
  return isHalf ? 'F16' : 'F32';
}

function tensorsOf(model: ModelFolder, dtype: 'F32' | 'F16'): readonly TensorData[] {
  return [...model.weights.tensors].map(([name, { shape }]) => ({
    name: name === 'lm_head.weight' ? name : `transformer.${name}`,
    dtype,
    shape,
    get data() {
      return mergedWeight(model, name, dtype);
    },
  }));
}

/** The graph's weights are the same file again, which takes room once where the disk can do that. */
function linkOrCopy(file: string, again: string): void {
  try {
    linkSync(file, again);
  } catch {
    copyFileSync(file, again);
  }
}

function refusalOf(error: unknown, target: string): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  return new UserError(`${target}: expected a folder that can be written, found ${error.message}`, {
    hint: 'Make room or name another folder with --to.',
    cause: error,
  });
}

function json(content: object): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
