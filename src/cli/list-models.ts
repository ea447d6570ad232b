import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { home } from '../environment.ts';
import { UserError } from '../errors.ts';
import { parameterShapes } from '../model/gpt2-graph.ts';
import { type ModelFolder, readModelFolder } from '../model/model-folder.ts';
import { loadTokenizer } from '../model/tokenizer.ts';
import { table } from './table.ts';

/** `eidolon model list` */
export function listModels(json: boolean): void {
  const folder = path.join(home(), 'models');
  const models = modelNames(folder).map((name) => describe(path.join(folder, name)));
  if (json) console.log(JSON.stringify(models));
  else if (models.length === 0) console.log(`No models in ${folder}. What a model is: eidolon model list --help`);
  else console.log([...whole(models), ...broken(models)].join('\n'));
}

function modelNames(folder: string): readonly string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.name.startsWith('.') && !entry.isFile())
    .map(({ name }) => name)
    .toSorted();
}

const HEADING = ['MODEL', 'PARAMETERS', 'LAYERS', 'WIDTH', 'CONTEXT', 'VOCABULARY', 'BITS', 'MB', 'ADAPTER OVER'];
const BITS_OF: Readonly<Record<string, number>> = { F32: 32, F16: 16, BF16: 16 };

type Described = ReturnType<typeof describe>;

function describe(folder: string) {
  const name = path.basename(folder);
  try {
    const model = readModelFolder(folder);
    const { config, weights, adapter } = model;
    loadTokenizer(folder);
    const own = adapter?.weights ?? weights;
    const shapes = adapter ? [...adapter.weights.tensors.values()].map(({ shape }) => shape) : parameterShapes(config);
    const sizes = [...shapes.values()].map((shape) => shape.reduce((product, size) => product * size, 1));
    return {
      name,
      parameters: sizes.reduce((sum, size) => sum + size, 0),
      layers: config.n_layer,
      width: config.n_embd,
      heads: config.n_head,
      context: config.n_positions,
      vocabulary: config.vocab_size,
      bytes: statSync(own.file).size,
      bits: bitsOf(model),
      adapter: adapter ? { base: path.basename(path.dirname(weights.file)), rank: adapter.r } : null,
      problem: null,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name, problem: error.message };
  }
}

/** Of a weight in the layers' matrices. */
export function bitsOf({ weights, adapter, quantization }: ModelFolder): number | null {
  const [first] = (adapter?.weights ?? weights).tensors.values();
  return adapter ? (BITS_OF[first?.dtype ?? ''] ?? null) : (quantization?.bits ?? BITS_OF[first?.dtype ?? ''] ?? null);
}

function whole(models: readonly Described[]): readonly string[] {
  const rows = models
    .filter((model) => model.problem === null)
    .map(({ name, parameters, layers, width, context, vocabulary, bits, bytes, adapter }) => {
      const millions = `${(parameters / 1e6).toFixed(1)} M`;
      const figures = [layers, width, context, vocabulary, bits ?? '?', Math.ceil(bytes / 2 ** 20)].map(String);
      return [name, millions, ...figures, adapter ? `${adapter.base}, rank ${adapter.rank}` : ''];
    });
  // The last column only where there is something to say in it.
  const columns = rows.some((row) => row.at(-1) !== '') ? HEADING.length : HEADING.length - 1;
  return rows.length > 0 ? [table([HEADING, ...rows].map((row) => row.slice(0, columns)))] : [];
}

function broken(models: readonly Described[]): readonly string[] {
  return models.flatMap(({ name, problem }) => (problem === null ? [] : [`${name} cannot be read: ${problem}`]));
}
