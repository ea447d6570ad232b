import { Readable } from 'node:stream';
import type { Entry, Export } from './format.ts';

/** The same export, telling `onBytes` of what is read for the first time: how far a reader is, whatever order it reads in. */
export function watchExport(archive: Export, onBytes: (bytes: number, path: string) => void): Export {
  return { ...archive, entries: archive.entries.map((entry) => watchEntry(entry, onBytes)) };
}

function watchEntry(entry: Entry, onBytes: (bytes: number, path: string) => void): Entry {
  let furthest = 0;
  async function* watched(source: Readable, start = 0): AsyncGenerator<Buffer> {
    let read = start;
    furthest = Math.max(furthest, start); // what stands before it was read by an earlier import
    for await (const chunk of source as AsyncIterable<Buffer>) {
      read = Math.min(read + chunk.length, entry.size); // a packed file's size is less than its content
      if (read > furthest) onBytes(read - furthest, entry.path);
      furthest = Math.max(furthest, read);
      yield chunk;
    }
  }
  const readable = (chunks: AsyncGenerator<Buffer>) => Readable.from(chunks, { objectMode: false });
  return {
    ...entry,
    open: async () => readable(watched(await entry.open())),
    ...(entry.openAt && { openAt: async (start) => readable(watched(await entry.openAt!(start), start)) }),
  };
}
