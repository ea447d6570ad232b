/** The entries of a tar file. A packed one is unpacked first, without its media: it can only be read from its beginning. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { gunzipped } from './container-gzip.ts';
import { type Budget, isWanted, type Limits, safePath } from './container-limits.ts';
import type { Container } from './container-zip.ts';
import { checked, readHead, unreadable } from './entry-stream.ts';
import type { Entry } from './format.ts';
import type { Spool } from './spool.ts';

interface Stretch {
  readonly path: string;
  readonly offset: number;
  readonly size: number;
}

/** `name` is what messages call the file at `file`. */
export async function openTar(file: string, name: string, budget: Budget): Promise<Container> {
  const stretches: Stretch[] = [];
  await eachFile(createReadStream(file), name, budget, async ({ path, size, offset }) => {
    stretches.push({ path, size, offset });
  });
  return containerOf(file, name, stretches);
}

interface Unpacking {
  readonly budget: Budget;
  readonly limits: Limits;
  readonly spool: Spool;
}

export async function openPackedTar(
  file: string,
  name: string,
  { budget, limits, spool }: Unpacking,
): Promise<Container> {
  const unpacked = spool.file();
  const stretches: Stretch[] = [];
  const target = await openFile(unpacked, 'wx', 0o600);
  try {
    let offset = 0;
    await eachFile(gunzipped(file, name, limits), name, budget, async ({ path, size, content }) => {
      stretches.push({ path, size, offset });
      offset += await append(target, content);
    });
  } finally {
    await target.close();
  }
  return containerOf(unpacked, name, stretches);
}

interface TarFile extends Stretch {
  readonly content: AsyncIterable<unknown>;
}

async function eachFile(
  source: Readable,
  name: string,
  budget: Budget,
  visit: (file: TarFile) => Promise<void>,
): Promise<void> {
  let last = '';
  try {
    const files = pipeline(source, extract(), () => {}); // the loop sees the error
    for await (const content of files) {
      const { header } = content;
      last = header.name;
      const path = safePath(name, header.name);
      const size = header.size ?? 0;
      budget.spend({ file: name, path }, size, 1);
      const isFile = header.type === 'file' || header.type === 'contiguous-file';
      if (isFile && isWanted(path)) await visit({ path, size, offset: offsetOf(header), content });
      content.resume();
    }
  } catch (cause) {
    throw unreadable({ file: name, path: last }, cause);
  }
}

/** Where the content begins in the tar: tar-stream knows, its types do not. */
function offsetOf(header: object): number {
  if ('byteOffset' in header && typeof header.byteOffset === 'number') return header.byteOffset;
  throw new Error('tar-stream no longer says where an entry begins');
}

async function append(target: FileHandle, content: AsyncIterable<unknown>): Promise<number> {
  let bytes = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    await target.writeFile(chunk);
    bytes += chunk.length;
  }
  return bytes;
}

function containerOf(file: string, name: string, stretches: readonly Stretch[]): Container {
  return { entries: stretches.map((stretch) => toEntry(file, name, stretch)), close: () => {} };
}

function toEntry(file: string, name: string, { path, offset, size }: Stretch): Entry {
  const open = async () => {
    const stretch = size === 0 ? Readable.from([]) : createReadStream(file, { start: offset, end: offset + size - 1 });
    return checked(stretch, { file: name, path }, { size });
  };
  return { path, size, open, head: (bytes) => readHead(open, bytes) };
}
