/** Opens what a person downloaded, whatever it is packed in. Knows nothing of what the files mean. */
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../errors.ts';
import { fileEntry, filesUnder, gzipEntry, isFolder, kindOf, type OnDisk } from './container-file.ts';
import { Budget, LIMITS, type Limits } from './container-limits.ts';
import { missingParts } from './container-parts.ts';
import { openPackedTar, openTar } from './container-tar.ts';
import { openZip } from './container-zip.ts';
import { placeOf, unreadable } from './entry-stream.ts';
import type { Entry, Export } from './format.ts';
import { openSpool } from './spool.ts';

export interface OpenExport extends Export {
  /** What a person should know though the rest can be read: a missing part, an archive inside that cannot be opened. */
  readonly remarks: readonly string[];
  close(): void;
}

export interface OpenOptions {
  /** Where to unpack what cannot be read in place. */
  readonly spoolFolder?: string;
  readonly limits?: Limits;
  /** Told of each archive that must be unpacked first, which may take minutes. */
  readonly onUnpack?: (name: string) => void;
  /** Files in a given folder that are another export. */
  readonly leaveOut?: readonly string[];
}

const NESTED = /\.(zip|tar|t?gz|epub)$/i;

interface Naming {
  /** For messages. */
  readonly name: string;
  /** Of the archive itself as an entry. */
  readonly path: string;
  /** What stands before the paths of its entries. */
  readonly prefix: string;
}

/**
 * Opens the parts of one export as one: zips, tars, packed or not, folders and single files, with the archives inside them.
 * Media files are left out.
 * @throws UserError, naming file and entry, when a part cannot be read or is not to be trusted.
 */
export async function openExport(
  paths: readonly string[],
  { spoolFolder = tmpdir(), limits = LIMITS, leaveOut = [], onUnpack }: OpenOptions = {},
): Promise<OpenExport> {
  const budget = new Budget(limits);
  const spool = openSpool(spoolFolder);
  const containers: { close(): void }[] = [];
  const remarks = missingParts(paths).map((number) => `part ${number} of ${paths[0]} is not here`);
  const close = () => {
    for (const container of containers) container.close();
    spool.remove();
  };

  async function openGiven(given: string): Promise<Entry[]> {
    if (isFolder(given)) {
      const files = filesUnder(given).filter(({ file }) => !leaveOut.includes(file));
      budget.allow(files.reduce((sum, { size }) => sum + size, 0));
      return withNested(files, given, 1);
    }
    const entry = fileEntry(given, given, path.basename(given));
    budget.allow(entry.size);
    const inside = await contentOf(given, { name: given, path: entry.path, prefix: '' });
    return inside ? withNested(inside, given, 1) : [entry];
  }

  /** The entries in the archive `file`, as `naming` has it; undefined when it is none. */
  async function contentOf(file: string, { name, path, prefix }: Naming): Promise<readonly Entry[] | undefined> {
    const kind = await kindOf(file, name, limits);
    if (kind === 'file') return undefined;
    if (kind === 'gzip') return [gzipEntry(file, name, { path: path.replace(/\.gz$/i, ''), limits })];
    if (kind === 'packed tar') onUnpack?.(name);
    const container =
      kind === 'zip'
        ? await openZip(file, name, budget)
        : kind === 'tar'
          ? await openTar(file, name, budget)
          : await openPackedTar(file, name, { budget, spool, limits });
    containers.push(container);
    return container.entries.map((entry) => ({ ...entry, path: prefix + entry.path }));
  }

  /** `entries` with the archives among them opened; one that cannot be is a remark, as anybody may have attached it. */
  async function withNested(entries: readonly (Entry | OnDisk)[], outer: string, depth: number): Promise<Entry[]> {
    const found: Entry[] = [];
    for (const entry of entries) {
      try {
        if (depth <= limits.depth && NESTED.test(entry.path)) found.push(...(await nestedIn(entry, outer, depth)));
        else found.push(entry);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        remarks.push(error.message);
      }
    }
    return found;
  }

  async function nestedIn(entry: Entry | OnDisk, outer: string, depth: number): Promise<Entry[]> {
    const name = placeOf({ file: outer, path: entry.path });
    const file = 'file' in entry ? entry.file : await unpacked(entry, name);
    const inside = await contentOf(file, { name, path: entry.path, prefix: `${entry.path}!/` });
    return inside ? withNested(inside, outer, depth + 1) : [entry];
  }

  async function unpacked(entry: Entry, name: string): Promise<string> {
    const file = spool.file();
    await pipeline(await entry.open(), createWriteStream(file, { flags: 'wx', mode: 0o600 })).catch(
      (cause: unknown) => {
        throw unreadable({ file: name, path: '' }, cause);
      },
    );
    return file;
  }

  try {
    const entries: Entry[] = [];
    for (const given of paths) entries.push(...(await openGiven(given)));
    return { name: paths.join(', '), entries, remarks, close };
  } catch (error) {
    close();
    throw error;
  }
}
