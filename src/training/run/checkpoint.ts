/** A training's state on disk: written beside the last one and swapped in by a rename, so that one is always whole. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { readSafetensors } from '../../model/safetensors.ts';
import type { Tensors, TrainingState } from '../trainable.ts';
import { loadTensors, type ModelFiles, saveTensors, valuesOf } from './model-files.ts';

/** Where a training stands. Everything else follows from its settings. */
export interface Progress {
  /** Steps made in all stages; they count from 1. */
  readonly step: number;
  readonly stage: number;
  /** The step after which this stage began. */
  readonly stageBegan: number;
  /** Learned from so far, repeated ones counted again. */
  readonly tokens: number;
  /** Spent on steps and looks. */
  readonly seconds: number;
  /** Of the log of losses. */
  readonly lines: number;
  /** Nats a token on the stage's validation documents, and the step that reached it; absent before its first look. */
  readonly best?: { readonly step: number; readonly loss: number } | undefined;
}

export interface Checkpoint {
  readonly state: TrainingState;
  readonly progress: Progress;
}

const LATEST = 'latest';
const BEST = 'best';
const MOMENTS = ['means', 'variances'] as const;

/** The model as the last checkpoint has it. */
export const latestModel = (folder: string): string => path.join(folder, LATEST);
/** The model with the lowest validation loss of the present stage; at the end, of the last one. */
export const bestModel = (folder: string): string => path.join(folder, BEST);

export function saveCheckpoint(folder: string, files: ModelFiles, { state, progress }: Checkpoint): void {
  replaceFolder(folder, LATEST, (unfinished) => {
    files.write(unfinished, state.parameters, 'F32');
    for (const part of MOMENTS) {
      const shapes = new Map([...state[part]].map(([name, { length }]) => [name, [length]]));
      saveTensors(path.join(unfinished, `${part}.safetensors`), shapes, state[part]);
    }
    writeFileSync(path.join(unfinished, 'progress.json'), JSON.stringify(progress));
  });
}

/** The last whole checkpoint, or nothing where none was made. */
export function loadCheckpoint(folder: string, files: ModelFiles): Checkpoint | undefined {
  const found = wholeFolder(folder, LATEST);
  if (!found) return undefined;
  const [means, variances] = MOMENTS.map((part) =>
    loadTensors(valuesOf(readSafetensors(path.join(found, `${part}.safetensors`)))),
  );
  if (!means || !variances) throw new Error('A checkpoint has both moments');
  return {
    state: { parameters: loadTensors(files.read(found)), means, variances },
    progress: JSON.parse(readFileSync(path.join(found, 'progress.json'), 'utf8')),
  };
}

export function saveBest(folder: string, files: ModelFiles, parameters: Tensors): void {
  replaceFolder(folder, BEST, (unfinished) => files.write(unfinished, parameters, 'F32'));
}

export function loadBest(folder: string, files: ModelFiles): ReturnType<ModelFiles['read']> {
  const found = wholeFolder(folder, BEST);
  if (!found) throw new Error(`${folder} holds no best parameters`);
  return files.read(found);
}

function replaceFolder(folder: string, name: string, write: (unfinished: string) => void): void {
  const [unfinished, former, present] = ['unfinished', 'former', ''].map((suffix) =>
    path.join(folder, suffix ? `${name}.${suffix}` : name),
  ) as [string, string, string];
  rmSync(unfinished, { recursive: true, force: true });
  try {
    mkdirSync(unfinished, { recursive: true });
    write(unfinished);
    flush(unfinished);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw fullDisk(error, folder);
  }
  if (existsSync(present)) {
    rmSync(former, { recursive: true, force: true });
    renameSync(present, former);
  }
  renameSync(unfinished, present);
  rmSync(former, { recursive: true, force: true });
}

/** A kill between the two renames leaves only the former one. */
function wholeFolder(folder: string, name: string): string | undefined {
  return [name, `${name}.former`].map((each) => path.join(folder, each)).find((each) => existsSync(each));
}

/** A rename may reach the disk before the content does: without this, a power loss could leave an empty checkpoint. */
function flush(folder: string): void {
  for (const name of ['.', ...readdirSync(folder)]) {
    const descriptor = openSync(path.join(folder, name), 'r');
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What to throw when writing into `folder` failed: one line where the disk is full, else the error itself. */
export function fullDisk(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || !FULL.has(String(error.code))) return error;
  const { bavail, bsize } = statfsSync(folder);
  return new UserError(
    `${folder}: expected space for a training, found ${Math.floor((bavail * bsize) / 2 ** 20)} MB free`,
    { hint: 'Make space, then give the same command: it goes on from the last whole checkpoint', cause: error },
  );
}
