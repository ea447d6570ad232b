/** The embedding of tokens and positions, and its way back: loops over few numbers, where a graph would pass over whole tables. */
import type { Gpt2Config } from '../../model/gpt2-config.ts';
import type { ModelFolder } from '../../model/model-folder.ts';
import { readRows } from '../../model/safetensors.ts';
import type { Batch } from '../data/batch.ts';
import type { GradientSums } from './gradient-sums.ts';

/** The sum of every token's and its position's vector, [B·T, C]. */
export function embed(
  { n_embd: C }: Gpt2Config,
  weights: ReadonlyMap<string, Float32Array>,
  { inputIds, positions }: Batch,
): Float32Array {
  const [tokens, places] = [weights.get('wte.weight')!, weights.get('wpe.weight')!];
  const x = new Float32Array(inputIds.length * C);
  for (let row = 0; row < inputIds.length; row++) {
    const [token, place] = [Number(inputIds[row]) * C, Number(positions[row]) * C];
    for (let column = 0; column < C; column++) x[row * C + column] = tokens[token + column]! + places[place + column]!;
  }
  return x;
}

/** `embed` from the file of a model that does not move: its table of tokens is never in memory. */
export function embedFromFile({ weights }: ModelFolder, { inputIds, positions }: Batch): Float32Array {
  const rowsOf = (name: string, rows: BigInt64Array) => readRows(weights, name, Array.from(rows, Number));
  const [x, places] = [rowsOf('wte.weight', inputIds), rowsOf('wpe.weight', positions)];
  return x.map((value, index) => value + places[index]!);
}

/** The way back of `embed`: each row's gradient is added to its token's and its position's. */
export function scatter(
  { n_embd: C }: Gpt2Config,
  sums: GradientSums,
  { inputIds, positions }: Batch,
  gradient: Float32Array,
): void {
  const [tokens, places] = [sums.begin('wte.weight'), sums.begin('wpe.weight')];
  for (let row = 0; row < inputIds.length; row++) {
    const [token, place] = [Number(inputIds[row]) * C, Number(positions[row]) * C];
    for (let column = 0; column < C; column++) {
      const value = gradient[row * C + column]!;
      tokens[token + column]! += value;
      places[place + column]! += value;
    }
  }
}
