import { statfs } from 'node:fs/promises';
import { UserError } from '../../errors.ts';

/** @throws UserError where the disk of `folder` has less than `bytes` to give. */
export async function refuseWithoutRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bytes <= bavail * bsize) return;
  const megabytes = (count: number) => `${(count / 1e6).toFixed(1)} MB`;
  throw new UserError(
    `${folder}: expected ${megabytes(bytes)} of room on the disk, found ${megabytes(bavail * bsize)}`,
    {
      hint: 'Make room, or set EIDOLON_HOME to a folder on another disk',
    },
  );
}
