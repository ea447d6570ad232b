/** What keeps a hostile or broken container from filling disk and memory, and from naming paths outside itself. */
import { UserError } from '../errors.ts';
import { type Place, placeOf } from './entry-stream.ts';

export interface Limits {
  /** Most bytes that one byte of the given file may unpack to, once there are `freeBytes` of them. Real exports stay below 50. */
  readonly ratio: number;
  readonly freeBytes: number;
  /** Most bytes that one export may unpack to. */
  readonly totalBytes: number;
  readonly entries: number;
  /** Archives within archives that are opened. */
  readonly depth: number;
}

export const LIMITS: Limits = {
  ratio: 300,
  freeBytes: 64 << 20,
  totalBytes: 2 ** 41,
  entries: 2_000_000,
  depth: 3,
};

/** Counts what one export unpacks to, over all its parts and what is nested in them. */
export class Budget {
  readonly #limits: Limits;
  #packed = 0;
  #unpacked = 0;
  #entries = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** A file that the person gave: its bytes on disk. */
  allow(bytes: number): void {
    this.#packed += bytes;
  }

  /** @throws UserError when so many bytes and entries more are too many. */
  check(place: Place, bytes: number, entries: number): void {
    const { ratio, freeBytes, totalBytes } = this.#limits;
    const unpacked = this.#unpacked + bytes;
    if (unpacked > freeBytes && unpacked > ratio * this.#packed) {
      throw refused(place, `unpacks to more than ${ratio} times its size, as only a zip bomb does`);
    }
    if (unpacked > totalBytes) throw refused(place, `unpacks to more than ${totalBytes / 2 ** 30} GiB`);
    if (this.#entries + entries > this.#limits.entries) {
      throw refused(place, `has more than ${this.#limits.entries} entries`);
    }
  }

  /** As `check`; and counts them. */
  spend(place: Place, bytes: number, entries: number): void {
    this.check(place, bytes, entries);
    this.#unpacked += bytes;
    this.#entries += entries;
  }
}

/** `path` with `/` between folders and without a leading `./`. @throws UserError when it leads out of its container. */
export function safePath(file: string, path: string): string {
  const clean = path.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
  const isOutside = clean.startsWith('/') || /^[a-z]:/i.test(clean) || clean.split('/').includes('..');
  if (isOutside || clean.includes('\0')) throw refused({ file, path }, 'is a path that leads out of the archive');
  return clean;
}

export function refused(place: Place, why: string): UserError {
  return new UserError(`${placeOf(place)}: refused: ${why}`, {
    hint: 'No service makes such an export: ask it for a new one, or unpack what you trust and give the folder',
  });
}

/** Pictures, sound and film, and what systems scatter: nothing of it is text, and exports are mostly that. */
const UNWANTED =
  /(^|\/)(__MACOSX\/|\.DS_Store$|\.git\/|Thumbs\.db$|\._)|\.(jpe?g|png|gif|webp|heic|heif|bmp|tiff?|svg|ico|mp4|m4v|mov|avi|mkv|webm|3gp|mpe?g|mp3|m4a|aac|ogg|oga|opus|wav|flac|amr|woff2?|ttf|otf|eot|css|psd|exe|dll|apk|dmg|iso)$/i;

export function isWanted(path: string): boolean {
  return !UNWANTED.test(path);
}
