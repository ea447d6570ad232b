import type { Gpt2Config } from '../model/gpt2-config.ts';
import { parameterShapes } from '../model/gpt2-graph.ts';
import { normal, randomFrom } from '../random.ts';
import type { Tensors } from './trainable.ts';

/** GPT-2's initialisation: N(0, 0.02), projections into the residual stream scaled by 1/√(2 · layers), norms 1, biases 0. */
export function initialParameters(config: Gpt2Config, seed: number): Tensors {
  const random = randomFrom(seed);
  const residual = 0.02 / Math.sqrt(2 * config.n_layer);
  const drawFor = (name: string): (() => number) => {
    if (name.endsWith('.bias')) return () => 0;
    if (/ln_\w+\.weight$/.test(name)) return () => 1;
    const deviation = name.endsWith('c_proj.weight') ? residual : 0.02;
    return () => deviation * normal(random);
  };
  return new Map(
    [...parameterShapes(config)].map(([name, shape]) => {
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      return [name, Float32Array.from({ length: size }, drawFor(name))];
    }),
  );
}
