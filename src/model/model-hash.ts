/** Names a model by what is in it, so that a stored candidate says which weights wrote it, whatever the folder is called. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { modelFiles } from './model-files.ts';
import { readModelFolder } from './model-folder.ts';
import { baseFolder } from './peft.ts';
import { type FewerBits, folderOfBits } from './quantization/precision.ts';

/** Weights are large and models are opened again and again: by path, size and time of change of the files. */
const known = new Map<string, string>();
/** The same of bases, to be gone on from: beside one that stays, an adapter that learns is another with each lesson. */
const bases = new Map<string, Hash>();

/** SHA-256 over the files that decide what a model says, in hexadecimal. */
export async function modelHash(folder: string): Promise<string> {
  const files = modelFiles(folder);
  const state = stateOf(files);
  const cached = known.get(state);
  if (cached) return cached;

  const whole = modelFiles(baseFolder(folder));
  const hash = (await baseHash(whole)).copy();
  for (const file of files.slice(whole.length)) await add(file, hash);
  const hex = hash.digest('hex');
  known.set(state, hex);
  return hex;
}

/** Of a folder that somebody named once, and that may have changed or gone. @throws UserError which says what it lacks. */
export async function checkedHash(folder: string): Promise<string> {
  readModelFolder(folder);
  return modelHash(folder);
}

/** Of the weights that write where a model, or the base of an adapter, is asked in so many bits; nothing where there are none. */
export async function hashInBits(folder: string, bits: FewerBits): Promise<string | undefined> {
  const made = folderOfBits(baseFolder(folder), bits);
  return existsSync(path.join(made, 'config.json')) ? await modelHash(made) : undefined;
}

async function baseHash(files: readonly string[]): Promise<Hash> {
  const state = stateOf(files);
  const cached = bases.get(state);
  if (cached) return cached;
  const hash = createHash('sha256');
  for (const file of files) await add(file, hash);
  bases.set(state, hash);
  return hash;
}

async function add(file: string, hash: Hash): Promise<void> {
  hash.update(`${path.basename(file)} ${statSync(file).size}\n`);
  for await (const bytes of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(bytes);
}

function stateOf(files: readonly string[]): string {
  return files.map((file) => [file, ...changed(file)].join()).join();
}

function changed(file: string): readonly number[] {
  const { size, mtimeMs, ino } = statSync(file);
  return [size, mtimeMs, ino];
}
