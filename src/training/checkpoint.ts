/** A training's state on disk: written beside the last one and swapped in by a rename, so that one is always whole. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Gpt2Config } from '../model/gpt2-config.ts';
import { parameterShapes } from '../model/gpt2-graph.ts';
import { readSafetensors, readTensor, writeSafetensors } from '../model/safetensors.ts';
import type { Tensors, TrainingState } from './trainable.ts';

/** Where a training stands. Everything else follows from its settings. */
export interface Progress {
  readonly step: number;
  readonly seconds: number;
  /** Nats a token on the validation part, and the step that reached it; absent before the first evaluation. */
  readonly best?: { readonly step: number; readonly loss: number } | undefined;
}

export interface Checkpoint {
  readonly state: TrainingState;
  readonly progress: Progress;
}

const LATEST = 'latest';
const PARTS = ['parameters', 'means', 'variances'] as const;

/** @param fingerprint names data and settings: a checkpoint of another training is refused, not continued. */
export function saveCheckpoint(folder: string, config: Gpt2Config, checkpoint: Checkpoint, fingerprint: string): void {
  const [unfinished, former] = [path.join(folder, 'unfinished'), path.join(folder, 'former')];
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  for (const part of PARTS) saveTensors(path.join(unfinished, `${part}.safetensors`), config, checkpoint.state[part]);
  writeFileSync(path.join(unfinished, 'progress.json'), JSON.stringify({ ...checkpoint.progress, fingerprint }));

  const latest = path.join(folder, LATEST);
  rmSync(former, { recursive: true, force: true });
  if (existsSync(latest)) renameSync(latest, former);
  renameSync(unfinished, latest);
}

/** The last whole checkpoint, or nothing where none was made. */
export function loadCheckpoint(folder: string, fingerprint: string): Checkpoint | undefined {
  // A kill between the two renames of saveCheckpoint leaves only the former one.
  const found = [LATEST, 'former'].map((name) => path.join(folder, name)).find((candidate) => existsSync(candidate));
  if (!found) return undefined;

  const { fingerprint: theirs, ...progress } = JSON.parse(readFileSync(path.join(found, 'progress.json'), 'utf8'));
  if (theirs !== fingerprint) {
    throw new UserError(`${folder} holds a training with other data or settings`, {
      hint: 'Put the settings back to continue it, or remove the folder to begin anew.',
    });
  }
  const [parameters, means, variances] = PARTS.map((part) => loadTensors(path.join(found, `${part}.safetensors`)));
  if (!parameters || !means || !variances) throw new Error('A checkpoint has three parts');
  return { state: { parameters, means, variances }, progress };
}

export function saveTensors(file: string, config: Gpt2Config, tensors: Tensors, dtype: 'F32' | 'F16' = 'F32'): void {
  const entries = [...parameterShapes(config)].map(([name, shape]) => {
    const data = tensors.get(name);
    if (!data) throw new Error(`No values for ${name}`);
    return { name, dtype, shape, data };
  });
  writeSafetensors(file, entries);
}

export function loadTensors(file: string): Tensors {
  const safetensors = readSafetensors(file);
  return new Map([...safetensors.tensors.keys()].map((name) => [name, readTensor(safetensors, name)]));
}
