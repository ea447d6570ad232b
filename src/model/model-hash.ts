/** Names a model by what is in it, so that a stored candidate says which weights wrote it, whatever the folder is called. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { modelFiles } from './model-files.ts';

/** Weights are large and models are opened again and again: by path, size and time of change of the files. */
const known = new Map<string, string>();

/** SHA-256 over the files that decide what a model says, in hexadecimal. */
export async function modelHash(folder: string): Promise<string> {
  const files = modelFiles(folder);
  const state = files.map((file) => [file, ...changed(file)].join()).join();
  const cached = known.get(state);
  if (cached) return cached;

  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${path.basename(file)} ${statSync(file).size}\n`);
    for await (const bytes of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(bytes);
  }
  const hex = hash.digest('hex');
  known.set(state, hex);
  return hex;
}

function changed(file: string): readonly number[] {
  const { size, mtimeMs, ino } = statSync(file);
  return [size, mtimeMs, ino];
}
