/** Zips and tars for tests: well-formed ones by the libraries people use, malformed ones byte by byte. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { ZipFile } from 'yazl';

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-archive-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function zipOf(
  files: Readonly<Record<string, string | Buffer>>,
  { forceZip64Format = false } = {},
): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name, { forceZip64Format });
  zip.end({ forceZip64Format, comment: '' });
  return buffer(zip.outputStream);
}

export async function tarOf(
  files: Readonly<Record<string, string | Buffer>>,
  links: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content);
  for (const [name, linkname] of Object.entries(links)) tar.entry({ name, type: 'symlink', linkname });
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

interface RawEntry {
  readonly name: string;
  readonly content: string;
  readonly deflated?: boolean;
  /** What both headers claim that it is packed by. */
  readonly method?: number;
  /** What the directory claims. */
  readonly size?: number;
  readonly crc32?: number;
  readonly flags?: number;
  readonly mode?: number;
  /** Where the directory says that the entry begins. */
  readonly at?: number;
}

/** A zip as no library would write it. */
export function rawZip(entries: readonly RawEntry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const data = entry.deflated ? deflateRawSync(entry.content) : Buffer.from(entry.content);
    const fields = Buffer.alloc(26); // from the version needed to the length of the extra field, as both headers have them
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(entry.flags ?? 0, 2);
    fields.writeUInt16LE(entry.method ?? (entry.deflated ? 8 : 0), 4);
    fields.writeUInt32LE(entry.crc32 ?? crc32(entry.content), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(entry.size ?? Buffer.byteLength(entry.content), 18);
    fields.writeUInt16LE(name.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
    rest.writeUInt32LE(entry.at ?? offset, 10);
    directory.push(Buffer.from('504b01021400', 'hex'), fields, rest, name);
    if (entry.at !== undefined && locals.length > 0) continue;
    const local = Buffer.concat([Buffer.from('504b0304', 'hex'), fields, name, data]);
    locals.push(local);
    offset += local.length;
  }
  const directorySize = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directorySize, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}
