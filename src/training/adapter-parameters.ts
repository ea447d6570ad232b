import type { Gpt2Config } from '../model/gpt2-config.ts';
import { loraModules } from '../model/peft.ts';
import { randomFrom } from '../random.ts';
import type { AdapterShape } from './graphs/adapted-linear.ts';
import type { LoraSettings, Tensors } from './trainable.ts';

/**
 * An adapter that changes nothing yet, as peft begins: A uniform within ±1/√in (torch's kaiming_uniform_ with a = √5), B 0.
 * `h.0.attn.c_attn.lora_A.weight` is [r, in], `h.0.attn.c_attn.lora_B.weight` [out, r].
 * Reference: https://github.com/huggingface/peft/blob/main/src/peft/tuners/lora/layer.py
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

/** The adapter over a whole GPT-2. */
export function adapterShape(config: Gpt2Config, { r, alpha, dropout, targetModules }: LoraSettings): AdapterShape {
  return {
    r,
    scale: alpha / r,
    dropout: dropout > 0,
    layers: new Map(loraModules(config, targetModules).map((module) => [module.name, [module.in, module.out]])),
  };
}

/** The part beside one layer, by names within it; every layer has the same. */
export function withinLayer(adapter: AdapterShape): AdapterShape {
  const within = [...adapter.layers].map(([name, size]) => [name.replace(/^h\.\d+\./, ''), size] as const);
  return { ...adapter, layers: new Map(within) };
}
