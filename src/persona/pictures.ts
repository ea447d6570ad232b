/** The pictures that a persona may post: files in its folder `pictures/`, each with what it shows. */
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { readText } from './read-text.ts';

export interface Picture {
  /** Its path. */
  readonly file: string;
  /** What it shows, for those who do not see it. */
  readonly alt: string;
}

const FOLDER = 'pictures';
/** Lines of `NAME: what it shows`. */
const ALT_TEXTS = 'alt.txt';
const MOST_ALT = 1000; // characters; X takes no more

/** @throws UserError when there is no such picture, it is none, or nothing says what it shows. */
export function pictureNamed(personaFolder: string, name: string): Picture {
  const folder = path.join(personaFolder, FOLDER);
  const file = path.join(folder, name);
  const known = existsSync(folder)
    ? readdirSync(folder).filter((one) => one !== ALT_TEXTS && !one.startsWith('.'))
    : [];
  if (path.basename(name) !== name || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new UserError(`Expected the name of a picture in ${folder}, found ${JSON.stringify(name)}`, {
      hint: known.length > 0 ? `There are: ${known.join(', ')}` : 'Put pictures there, and what they show into alt.txt',
    });
  }
  if (!isPicture(file)) {
    throw new UserError(`${file}: expected a PNG, JPEG, WebP or GIF picture, found something else`, {
      hint: 'Save it anew as one of these',
    });
  }
  const alt = altTexts(path.join(folder, ALT_TEXTS)).get(name);
  if (alt === undefined) {
    throw new UserError(`${file}: expected a line in ${ALT_TEXTS} that says what it shows, found none`, {
      hint: `Write into ${path.join(folder, ALT_TEXTS)}: ${name}: what those read who do not see it`,
    });
  }
  if ([...alt].length > MOST_ALT) {
    throw new UserError(`${file}: expected at most ${MOST_ALT} characters of what it shows, found ${[...alt].length}`, {
      hint: `Shorten its line in ${path.join(folder, ALT_TEXTS)}`,
    });
  }
  return { file: path.resolve(file), alt };
}

function altTexts(file: string): ReadonlyMap<string, string> {
  if (!existsSync(file)) return new Map();
  const texts = new Map<string, string>();
  for (const [index, line] of readText(file).split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name = '', alt = ''] = /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === '' || alt === '') {
      throw new UserError(`${file}:${index + 1}:1: expected NAME: what it shows, found something else`, {
        hint: 'One picture a line; a line that begins with # is a comment',
      });
    }
    texts.set(name, alt);
  }
  return texts;
}

function isPicture(file: string): boolean {
  const bytes = Buffer.alloc(12);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, bytes, 0, 12, 0);
  } finally {
    closeSync(descriptor);
  }
  return pictureType(bytes) !== undefined;
}

export type PictureType = 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif';

/** By its first bytes: names lie. */
export function pictureType(bytes: Buffer): PictureType | undefined {
  const start = bytes.toString('latin1', 0, 12);
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'image/webp';
  return /^GIF8[79]a/.test(start) ? 'image/gif' : undefined;
}
