/** Puts a finished model into models/: its own files are replaced, whole or not at all; a README or recipe beside them stays. */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

/** What makes a folder a model or an adapter: those of the one must not stay when the other comes. */
const MODEL_FILES = [
  'adapter_config.json',
  'adapter_model.safetensors',
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'tokenizer.json',
];

/** @param write fills a new folder with the model's files. */
export function writeModel(folder: string, write: (unfinished: string) => void): void {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  try {
    write(unfinished);
    const files = readdirSync(unfinished);
    const former = existsSync(folder) ? readdirSync(folder) : [];
    const kept = former.filter((name) => !files.includes(name) && !MODEL_FILES.includes(name));
    for (const name of kept) cpSync(path.join(folder, name), path.join(unfinished, name), { recursive: true });
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
  const replaced = `${folder}.former`;
  rmSync(replaced, { recursive: true, force: true });
  if (existsSync(folder)) renameSync(folder, replaced);
  renameSync(unfinished, folder);
  rmSync(replaced, { recursive: true, force: true });
}
