import { createReadStream, statSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Limits, refused } from './container-limits.ts';

/** The unpacked content of `file`; a stream that ends with an error where it grows as only a bomb does. */
export function gunzipped(file: string, name: string, limits: Limits): Readable {
  const unpacked = pipeline(createReadStream(file), createGunzip({ chunkSize: 64 << 10 }), () => {}); // the reader sees the error
  return Readable.from(bounded(unpacked, name, statSync(file).size, limits), { objectMode: false });
}

async function* bounded(unpacked: Readable, name: string, packed: number, limits: Limits): AsyncGenerator<Buffer> {
  const most = Math.min(limits.totalBytes, Math.max(limits.freeBytes, limits.ratio * packed));
  let bytes = 0;
  for await (const chunk of unpacked as AsyncIterable<Buffer>) {
    if ((bytes += chunk.length) > most) {
      throw refused({ file: name, path: '' }, `unpacks to more than ${limits.ratio} times its size`);
    }
    yield chunk;
  }
}
