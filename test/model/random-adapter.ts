/** An adapter that changes what its base says at random: enough to tell it from others. */
import { readModelFolder } from '../../src/model/model-folder.ts';
import { loraModules, writeAdapter } from '../../src/model/peft.ts';
import { normal, randomFrom } from '../../src/random.ts';

export interface RandomAdapter {
  /** The base's folder, beside the adapter's. */
  readonly base: string;
  readonly seed?: number;
  readonly r?: number;
  readonly targetModules?: readonly string[];
  readonly deviation?: number;
}

/** Makes the folder and returns it. */
export function writeRandomAdapter(
  folder: string,
  { base, seed = 1, r = 4, targetModules = ['c_attn', 'c_proj', 'c_fc'], deviation = 0.2 }: RandomAdapter,
): string {
  const random = randomFrom(seed);
  const values = (length: number) => Float32Array.from({ length }, () => deviation * normal(random));
  const modules = loraModules(readModelFolder(base).config, targetModules);
  writeAdapter(folder, {
    base,
    r,
    alpha: 2 * r,
    dropout: 0,
    targetModules,
    tensors: new Map(
      modules.flatMap(({ name, in: rows, out }): [string, Float32Array][] => [
        [`${name}.lora_A.weight`, values(r * rows)],
        [`${name}.lora_B.weight`, values(out * r)],
      ]),
    ),
  });
  return folder;
}
