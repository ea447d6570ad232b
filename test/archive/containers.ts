/** Zips and tars for tests: well-formed ones by the libraries people use, malformed ones byte by byte. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
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

/** Writes a zip of two stored entries, of which the second begins at `offset`, past what 32 bits can say; between them the file has a hole. */
export function writeDistantZip(file: string, [near, far]: readonly [RawEntry, RawEntry], offset: number): void {
  const whole = rawZip([near, far]);
  const [farAt, directoryAt] = [
    rawZip([near]).readUInt32LE(rawZip([near]).length - 6),
    whole.readUInt32LE(whole.length - 6),
  ];
  const local = whole.subarray(farAt, directoryAt);
  const nearEntry = whole.subarray(directoryAt, directoryAt + 46 + near.name.length);
  const farEntry = Buffer.from(whole.subarray(directoryAt + nearEntry.length, whole.length - 22));
  farEntry.writeUInt16LE(12, 30); // the length of the extra field
  farEntry.writeUInt32LE(0xffffffff, 42);
  const extra = Buffer.alloc(12);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8, 2);
  extra.writeBigUInt64LE(BigInt(offset), 4);
  const directory = Buffer.concat([nearEntry, farEntry, extra]);
  const end = Buffer.alloc(56 + 20 + 22);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeBigUInt64LE(2n, 24);
  end.writeBigUInt64LE(2n, 32);
  end.writeBigUInt64LE(BigInt(directory.length), 40);
  end.writeBigUInt64LE(BigInt(offset + local.length), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(offset + local.length + directory.length), 64);
  end.writeUInt32LE(1, 72);
  end.writeUInt32LE(0x06054b50, 76);
  end.fill(0xff, 84, 96); // both counts, size and offset: see above
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, whole.subarray(0, farAt), 0, null, 0);
  writeSync(descriptor, Buffer.concat([local, directory, end]), 0, null, offset);
  closeSync(descriptor);
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
