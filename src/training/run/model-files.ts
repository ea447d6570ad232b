/** How what a training moves lies on disk: as a whole model, or as an adapter beside its base. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Gpt2Config } from '../../model/gpt2-config.ts';
import { parameterShapes } from '../../model/gpt2-graph.ts';
import { configJson } from '../../model/model-folder.ts';
import { type AdapterSettings, readAdapter, writeAdapter } from '../../model/peft.ts';
import { readSafetensors, readTensor, type Safetensors, writeSafetensors } from '../../model/safetensors.ts';
import { sharedCopy } from '../optimizer/optimizer.ts';
import type { Tensors } from '../trainable.ts';

export type Precision = 'F32' | 'F16';

export interface ModelFiles {
  /** Writes a folder that is a model wherever one is wanted. Adapters are small and stay in single precision. */
  write(folder: string, parameters: Tensors, precision: Precision): void;
  /** One tensor after another. */
  read(folder: string): Iterable<readonly [string, Float32Array]>;
}

export interface WholeModel {
  readonly config: Gpt2Config;
  /** The content of tokenizer.json. */
  readonly tokenizer: string;
  readonly endOfText: number;
}

export function wholeModelFiles({ config, tokenizer, endOfText }: WholeModel): ModelFiles {
  return {
    write(folder, parameters, precision) {
      mkdirSync(folder, { recursive: true });
      const write = (name: string, content: string) => writeFileSync(path.join(folder, name), content);
      const json = (content: object) => `${JSON.stringify(content, null, 2)}\n`;
      write('config.json', json(configJson(config, endOfText)));
      write('tokenizer.json', tokenizer);
      write('generation_config.json', json({ bos_token_id: endOfText, eos_token_id: endOfText, do_sample: true }));
      saveTensors(path.join(folder, 'model.safetensors'), parameterShapes(config), parameters, precision);
    },
    read: (folder) => valuesOf(readSafetensors(path.join(folder, 'model.safetensors'))),
  };
}

/** @param settings whose base is a path: relative to where the adapter lies, or absolute. */
export function adapterFiles(settings: AdapterSettings): ModelFiles {
  return {
    write: (folder, tensors) => writeAdapter(folder, { ...settings, tensors }),
    read: (folder) => valuesOf(readAdapter(folder).weights),
  };
}

export function saveTensors(
  file: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  tensors: Tensors,
  dtype: Precision = 'F32',
): void {
  const entries = [...shapes].map(([name, shape]) => {
    const data = tensors.get(name);
    if (!data) throw new Error(`No values for ${name}`);
    return { name, dtype, shape, data };
  });
  writeSafetensors(file, entries);
}

/** Where a training moves them, so that they are never in memory twice. */
export function loadTensors(values: Iterable<readonly [string, Float32Array]>): Tensors {
  const tensors = new Map<string, Float32Array>();
  for (const [name, tensor] of values) tensors.set(name, sharedCopy(tensor));
  return tensors;
}

/** Every tensor, in single precision, one after another. */
export function* valuesOf(safetensors: Safetensors): Generator<readonly [string, Float32Array]> {
  for (const name of safetensors.tensors.keys()) yield [name, readTensor(safetensors, name)];
}
