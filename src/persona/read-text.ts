import { readFileSync, statSync } from 'node:fs';
import { UserError } from '../errors.ts';

/** Far more than a person writes by hand, far less than would hurt. */
const LARGEST_BYTES = 4 << 20;

/** A small file that a person wrote: UTF-8 text, or a UserError that says what it is instead. */
export function readText(file: string): string {
  const bytes = readBytes(file);
  if (bytes.includes(0)) throw notText(file, 'binary data');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notText(file, 'other bytes', cause);
  }
}

function readBytes(file: string): Buffer {
  let size: number;
  try {
    const stat = statSync(file);
    if (stat.isFile() && stat.size <= LARGEST_BYTES) return readFileSync(file);
    if (!stat.isFile()) throw new UserError(`${file}: expected a file, found a folder or device`);
    size = stat.size;
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${file}: cannot be read`, { hint: 'Check that it is there, and its permissions', cause });
  }
  throw new UserError(`${file}: expected at most 4 MB, found ${Math.ceil(size / 2 ** 20)} MB`, {
    hint: 'Is it the right file?',
  });
}

function notText(file: string, found: string, cause?: unknown): UserError {
  return new UserError(`${file}:1:1: expected UTF-8 text, found ${found}`, { hint: 'Save it as UTF-8 text', cause });
}
