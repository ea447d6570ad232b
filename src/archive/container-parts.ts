/** Which files are parts of one export, by their names. */
import { readdirSync } from 'node:fs';
import path from 'node:path';

const ARCHIVE = /\.(zip|tar|tgz|tar\.gz)$/i;
/** `takeout-20240102T030405Z-1-001.zip`, `export-part2.tgz`, `export_part_2`: what stands before the number names the export. */
const NUMBERED = /^(.*?(?<!\d))(\d{1,3})(\.(?:zip|tar|tgz|tar\.gz))?$/i;
/** Numbered so that other parts may be looked for unasked: `export-1.zip` beside `export-2.zip` may be another year's. */
const SURE = /(-\d{3}|part[-_ ]?\d{1,3})(\.(?:zip|tar|tgz|tar\.gz))?$/i;
/** `facebook-ada-2024-05-06-AbCdEfGh.zip`: every part has other letters at its end. */
const LETTERED = /^((?:facebook|instagram|messages)-.*\d)-[A-Za-z0-9]{6,12}(\.zip)$/i;

export function isArchiveName(name: string): boolean {
  return ARCHIVE.test(name);
}

/** `paths`, those of one export together, each group in the order of its parts, with the parts that lie beside them. */
export function groupParts(paths: readonly string[]): string[][] {
  const given = new Set(paths.map((file) => path.resolve(file)));
  const shown = new Map(paths.map((file) => [path.resolve(file), file]));
  for (const file of [...given]) for (const sibling of siblings(file)) given.add(sibling);
  const groups = Map.groupBy(given, groupOf);
  return [...groups.values()].map((group) => group.sort(byNumber).map((file) => shown.get(file) ?? file));
}

/** The numbers that a group of parts skips: `[2]` for -001 and -003. */
export function missingParts(group: readonly string[]): number[] {
  const numbers = group.flatMap((file) => (SURE.test(path.basename(file)) ? [numberOf(file)] : []));
  const last = Math.max(0, ...numbers);
  return Array.from({ length: last }, (_, index) => index + 1).filter((number) => !numbers.includes(number));
}

function siblings(file: string): string[] {
  const name = path.basename(file);
  if (!SURE.test(name) || !isArchiveName(name)) return [];
  const folder = path.dirname(file);
  const group = groupOf(file);
  return names(folder)
    .filter((other) => SURE.test(other) && isArchiveName(other))
    .map((other) => path.join(folder, other))
    .filter((other) => groupOf(other) === group);
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // the file itself will say what is wrong
  }
}

function groupOf(file: string): string {
  const name = path.basename(file);
  const [, prefix, , extension = ''] = NUMBERED.exec(name) ?? [];
  const [, letterPrefix, letterExtension = ''] = LETTERED.exec(name) ?? [];
  const found = letterPrefix !== undefined ? `${letterPrefix}-?${letterExtension}` : prefix && `${prefix}#${extension}`;
  return path.join(path.dirname(file), found || name);
}

function numberOf(file: string): number {
  return Number(NUMBERED.exec(path.basename(file))?.[2] ?? 0);
}

function byNumber(a: string, b: string): number {
  return numberOf(a) - numberOf(b) || (a < b ? -1 : 1);
}
