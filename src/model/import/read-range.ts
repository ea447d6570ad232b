import { type FileHandle, open } from 'node:fs/promises';
import { unusable } from './stored-tensor.ts';

/** A single read may be partial, above all of more than 2 GiB. */
const MOST_AT_ONCE = 2 ** 30;

/** `length` bytes at `offset` of a file. @throws UserError when they are not all there. */
export async function readRange(file: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    for (let filled = 0; filled < length; ) {
      const wanted = Math.min(length - filled, MOST_AT_ONCE);
      const { bytesRead } = await handle.read(bytes, filled, wanted, offset + filled);
      if (bytesRead === 0)
        throw unusable(file, `${offset + length} bytes`, `a file cut short after ${offset + filled}`);
      filled += bytesRead;
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw unusable(file, 'a file that can be read', `${error.code}`, error);
    throw error;
  } finally {
    await handle?.close();
  }
  return bytes;
}
