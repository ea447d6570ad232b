import { statSync } from 'node:fs';
import path from 'node:path';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, baseFolder, isAdapter } from './peft.ts';

const FILES = ['config.json', 'tokenizer.json', 'model.safetensors'];

/** The files that decide what a model says, its base's among them, in full. They need not be there. */
export function modelFiles(folder: string): readonly string[] {
  const whole = FILES.map((name) => path.resolve(baseFolder(folder), name));
  if (!isAdapter(folder)) return whole;
  return [...whole, ...[ADAPTER_CONFIG, ADAPTER_WEIGHTS].map((name) => path.resolve(folder, name))];
}

/** Another one as soon as the file is another, or was written to. */
export function versionOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? `${stats.ino} ${stats.size} ${stats.mtimeMs}` : 'none';
}
