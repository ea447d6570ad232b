import { readFileSync } from 'node:fs';
import { unusable } from './stored-tensor.ts';

/** @param what it should be, for the message. @throws UserError where the file is not JSON. */
export function readJson(file: string, what: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw unusable(
      file,
      what,
      error instanceof SyntaxError ? 'something that is not JSON' : 'none that can be read',
      error,
    );
  }
}
