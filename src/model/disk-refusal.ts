import { UserError } from '../errors.ts';

/** What a disk refuses is for the owner to mend: the line for it, or nothing where the error is another. */
export function diskRefusal(error: unknown, folder: string, hintWhenFull: string): UserError | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new UserError(`${folder}: the disk is full`, { hint: hintWhenFull, cause: error });
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    return new UserError(`${folder}: expected a folder to write into, found one that refuses it (${code})`, {
      cause: error,
    });
  }
  return undefined;
}
