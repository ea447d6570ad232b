/** All exports that a person drops at once, told apart: parts of one together, several in a folder one by one. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { type OpenExport, type OpenOptions, openExport } from './container.ts';
import { isFolder } from './container-file.ts';
import { groupParts, isArchiveName } from './container-parts.ts';
import { detectFormats, detectServices } from './detect-formats.ts';
import type { Format } from './format.ts';
import type { Columns } from './text-columns.ts';

export interface Found {
  readonly archive: OpenExport;
  readonly formats: readonly Format[];
}

/** One that cannot be read does not stop the others. */
export interface Failed {
  readonly name: string;
  readonly error: UserError;
}

export interface Dropped extends OpenOptions {
  readonly columns?: Columns;
  /** All paths are parts of one export, whatever they are called. */
  readonly isOne?: boolean;
}

/** Each export is open until the next is asked for. */
export async function* openExports(paths: readonly string[], options: Dropped = {}): AsyncGenerator<Found | Failed> {
  for (const group of options.isOne ? [paths] : groupParts(paths)) {
    const [folder = ''] = group;
    const inside = group.length === 1 ? await attempt(folder, async () => archivesIn(folder)) : [];
    if (!Array.isArray(inside)) yield inside;
    else if (inside.length > 0) yield* exportsIn(folder, inside, options);
    else yield* opened(group, options, (archive) => detectFormats(archive, options.columns));
  }
}

/** The archives in a folder by themselves, then what else is there; an archive that is nothing by itself is part of that. */
async function* exportsIn(
  folder: string,
  groups: readonly string[][],
  options: Dropped,
): AsyncGenerator<Found | Failed> {
  const taken: string[] = [];
  for (const group of groups) {
    for await (const found of opened(group, options, detectServices)) {
      if ('formats' in found && found.formats.length === 0) continue;
      taken.push(...group);
      yield found;
    }
  }
  const detect = (archive: OpenExport) =>
    taken.length > 0 ? detectServices(archive) : detectFormats(archive, options.columns);
  for await (const rest of opened([folder], { ...options, leaveOut: taken }, detect)) {
    if ('error' in rest || rest.formats.length > 0) yield rest;
  }
}

async function* opened(
  group: readonly string[],
  options: Dropped,
  detect: (archive: OpenExport) => Promise<readonly Format[]>,
): AsyncGenerator<Found | Failed> {
  const name = group.join(', ');
  const archive = await attempt(name, () => openExport(group, options));
  if ('error' in archive) {
    yield archive;
    return;
  }
  try {
    const formats = await attempt(name, () => detect(archive));
    yield 'error' in formats ? formats : { archive, formats };
  } finally {
    archive.close();
  }
}

async function attempt<T>(name: string, work: () => Promise<T>): Promise<T | Failed> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) return { name, error };
    throw error;
  }
}

function archivesIn(folder: string): string[][] {
  if (!isFolder(folder)) return [];
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (file) => file.isFile() && isArchiveName(file.name),
  );
  return groupParts(files.map(({ name }) => path.join(folder, name)));
}
