import { Readable } from 'node:stream';
import type { Entry, Export } from './format.ts';

/** The same export, telling `onBytes` of what is read for the first time: how far a reader is, whatever order it reads in. */
export function watchExport(archive: Export, onBytes: (bytes: number) => void): Export {
  return { ...archive, entries: archive.entries.map((entry) => watchEntry(entry, onBytes)) };
}

function watchEntry(entry: Entry, onBytes: (bytes: number) => void): Entry {
  let furthest = 0;
  async function* watched(source: Readable): AsyncGenerator<Buffer> {
    let read = 0;
    for await (const chunk of source as AsyncIterable<Buffer>) {
      read = Math.min(read + chunk.length, entry.size); // a packed file's size is less than its content
      if (read > furthest) onBytes(read - furthest);
      furthest = Math.max(furthest, read);
      yield chunk;
    }
  }
  return { ...entry, open: async () => Readable.from(watched(await entry.open()), { objectMode: false }) };
}
