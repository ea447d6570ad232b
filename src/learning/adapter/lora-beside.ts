/** The adapter that teaching begins from: a fresh one beside a model, or the one that the model is. */
import { UserError } from '../../errors.ts';
import type { ModelFolder } from '../../model/model-folder.ts';
import type { Adapter } from '../../model/peft.ts';
import { initialAdapter } from '../../training/adapter-parameters.ts';
import { valuesOf } from '../../training/run/model-files.ts';
import type { LoraSettings, Tensors } from '../../training/trainable.ts';

/** docs/learning.md names rank, layers, rate and epochs; the dropout is peft's custom. */
const LORA: LoraSettings = { r: 8, alpha: 16, dropout: 0.05, targetModules: ['c_attn', 'c_proj', 'c_fc'] };

/** A model that is an adapter itself is gone on with, on its own base: the result holds both and stands beside neither. */
export function loraBeside(adapter: Adapter | undefined): LoraSettings {
  if (!adapter) return LORA;
  const { r, alpha, dropout, targetModules, useRslora } = adapter;
  if (useRslora) {
    throw new UserError(`${adapter.folder}: expected an adapter that counts alpha / r, found use_rslora`, {
      hint: 'Learn over a whole model, or over an adapter that eidolon train made',
    });
  }
  return { r, alpha, dropout, targetModules };
}

/** What its tensors are before the first step. */
export function startBeside({ config, adapter }: ModelFolder, lora: LoraSettings, seed: number): Tensors {
  const fresh = initialAdapter(config, lora, seed);
  return adapter ? new Map([...fresh, ...valuesOf(adapter.weights)]) : fresh;
}
