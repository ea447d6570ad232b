/** Keeps the models in use open within a memory budget. Knows of a model its size and how to let go of it. */
import { UserError } from '../errors.ts';

export interface Held {
  release(): Promise<void>;
}

export interface ModelCacheOptions<Model extends Held> {
  readonly budgetBytes: number;
  readonly open: (folder: string) => Promise<Model>;
  /** What the folder holds now: its `version` changes when its files do. */
  readonly inspect: (folder: string) => { readonly bytes: number; readonly version: string };
}

export interface ModelCache<Model> {
  /** The open model of `folder`; opened anew when its files have changed. @throws UserError when it can never fit. */
  get(folder: string): Promise<Model>;
  clear(): Promise<void>;
  /** Least recently used first. */
  held(): readonly { readonly folder: string; readonly bytes: number }[];
}

/** The caller asks for one model at a time, and is done with it when it asks for the next. */
export function modelCache<Model extends Held>({
  budgetBytes,
  open,
  inspect,
}: ModelCacheOptions<Model>): ModelCache<Model> {
  // A Map keeps the order of insertion: an entry that is used is put in again, so the first is the least recently used.
  const entries = new Map<string, { readonly model: Model; readonly bytes: number; readonly version: string }>();

  async function letGo(folder: string): Promise<void> {
    const entry = entries.get(folder);
    entries.delete(folder);
    await entry?.model.release();
  }

  return {
    async get(folder) {
      const { bytes, version } = inspect(folder);
      const entry = entries.get(folder);
      if (entry?.version === version) {
        entries.delete(folder);
        entries.set(folder, entry);
        return entry.model;
      }
      await letGo(folder);
      if (bytes > budgetBytes) throw tooLarge(folder, bytes, budgetBytes);
      while (usedBytes(entries) + bytes > budgetBytes) await letGo(entries.keys().next().value!);
      const model = await open(folder);
      entries.set(folder, { model, bytes, version });
      return model;
    },

    async clear() {
      for (const folder of entries.keys()) await letGo(folder);
    },

    held: () => [...entries].map(([folder, { bytes }]) => ({ folder, bytes })),
  };
}

function usedBytes(entries: ReadonlyMap<string, { readonly bytes: number }>): number {
  return entries.values().reduce((sum, { bytes }) => sum + bytes, 0);
}

function tooLarge(folder: string, bytes: number, budgetBytes: number): UserError {
  const megabytes = (count: number) => `${Math.ceil(count / 2 ** 20)} MB`;
  return new UserError(
    `${folder} takes ${megabytes(bytes)} of memory, and models may take ${megabytes(budgetBytes)} in all`,
    { hint: 'Use a smaller model, or a machine with more memory' },
  );
}
