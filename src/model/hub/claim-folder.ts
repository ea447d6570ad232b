/** A folder for one process at a time. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../../errors.ts';

/**
 * Makes the folder and claims it until disposed of. The claim is SQLite's lock on a file in it, which the system drops
 * however the process ends; so none is ever left behind, as a file with a process's number would be.
 * @throws UserError while another process has it.
 */
export function claimFolder(folder: string, what: string): Disposable {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(path.join(folder, 'lock'));
  try {
    database.exec('begin exclusive');
  } catch (cause) {
    database.close();
    throw new UserError(`${what} by another process at this moment`, { hint: 'Wait for it, or end it', cause });
  }
  return database;
}
