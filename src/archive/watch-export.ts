import { Readable } from 'node:stream';
import type { Entry, Export } from './format.ts';

type OnBytes = (bytes: number, path: string) => void;

/**
 * The same export, telling `onBytes` how far a reader is, whatever order it reads in: of what is read for the first time; or,
 * of one that reads everything `readings` times, of a share of all that it reads. All told it is never more than there is.
 */
export function watchExport(archive: Export, onBytes: OnBytes, readings = 1): Export {
  const watch = (entry: Entry) =>
    readings === 1 ? watchEntry(entry, onBytes) : watchReadings(entry, onBytes, readings);
  return { ...archive, entries: archive.entries.map(watch) };
}

function watchReadings(entry: Entry, onBytes: OnBytes, readings: number): Entry {
  let read = 0;
  const told = () => Math.floor(Math.min(read, readings * entry.size) / readings);
  async function* watched(source: Readable): AsyncGenerator<Buffer> {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      const before = told();
      read += chunk.length;
      if (told() > before) onBytes(told() - before, entry.path);
      yield chunk;
    }
  }
  return { ...entry, open: async () => Readable.from(watched(await entry.open()), { objectMode: false }) };
}

function watchEntry(entry: Entry, onBytes: OnBytes): Entry {
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
