/** The files of a model out of an archive, onto the disk: weights are read in any order, which a packed tar does not allow. */
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openExport } from '../../archive/container.ts';
import { UserError } from '../../errors.ts';
import { refuseWithoutRoom } from './room-on-disk.ts';

/** What a model is made of; the rest of what people pack together stays packed. */
const OF_A_MODEL =
  /(^|\/)(checkpoint|[\w.-]*\.(json|bpe|safetensors|bin|pt|pth|ckpt|index)|merges\.txt|.*\.data-\d{5}-of-\d{5})$/i;

/** @throws UserError where the archive is damaged, a bomb, or leads out of the folder. */
export async function unpackModel(archive: string, folder: string, signal?: AbortSignal): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const opened = await openExport([archive], { spoolFolder: path.join(folder, '..', 'spool') });
  try {
    const entries = opened.entries.filter(({ path: name }) => OF_A_MODEL.test(name));
    await refuseWithoutRoom(
      folder,
      entries.reduce((sum, { size }) => sum + size, 0),
    );
    for (const entry of entries) {
      signal?.throwIfAborted();
      const file = path.join(folder, entry.path);
      try {
        mkdirSync(path.dirname(file), { recursive: true });
        await pipeline(await entry.open(), createWriteStream(file, { flags: 'wx' }));
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : '';
        if (code !== 'EEXIST' && code !== 'ENOTDIR' && code !== 'EISDIR') throw error;
        throw new UserError(`${archive}, ${entry.path}: expected one file of that name, found two`, { cause: error });
      }
    }
  } finally {
    opened.close();
  }
}
