import type { Gpt2Config } from '../model/gpt2-config.ts';
import { loraModules } from '../model/peft.ts';
import { randomFrom } from '../random.ts';
import type { LoraSettings, Tensors } from './trainable.ts';

/**
 * An adapter that changes nothing yet, as peft begins: A [r, in] uniform within ±1/√in (He et al. 2015 with a = √5), B [out, r]
 * zeros.
 */
export function initialAdapter(config: Gpt2Config, { r, targetModules }: LoraSettings, seed: number): Tensors {
  const random = randomFrom(seed);
  return new Map(
    loraModules(config, targetModules).flatMap((module): [string, Float32Array][] => {
      const bound = 1 / Math.sqrt(module.in);
      const a = Float32Array.from({ length: r * module.in }, () => bound * (2 * random() - 1));
      return [
        [`${module.name}.lora_A.weight`, a],
        [`${module.name}.lora_B.weight`, new Float32Array(module.out * r)],
      ];
    }),
  );
}
