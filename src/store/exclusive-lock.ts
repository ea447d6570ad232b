/** A lock that ends with its process, however that ends: SQLite's on a file of its own, which the system takes back. */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface ExclusiveLock {
  release(): void;
}

/** `presentHolder` looks into the file for less than a moment; one who wants the lock waits that out. */
const GLANCE_MS = 100;

/** Nothing where another process, or this one, holds it; `holderOf` then says who. Which file it is must not matter to others. */
export function takeExclusiveLock(file: string): ExclusiveLock | undefined {
  mkdirSync(path.dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: GLANCE_MS });
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked/.test(error.message)) return undefined;
    throw error;
  }
  sign(file);
  return { release: () => database.close() };
}

/** Swapped in whole: one who looks finds the holder before or this one, never half a number. */
function sign(file: string): void {
  writeFileSync(`${file}.pid.${process.pid}`, String(process.pid));
  renameSync(`${file}.pid.${process.pid}`, `${file}.pid`);
}

/** The process that took the lock last; nothing where the first that took it has not signed yet. */
export function holderOf(file: string): number | undefined {
  return existsSync(`${file}.pid`) ? Number(readFileSync(`${file}.pid`, 'utf8')) : undefined;
}

export interface LockHolder {
  readonly pid: number;
  /** When it took the lock. */
  readonly since: Date;
}

/** Who holds the lock now; nothing where nobody does, or took it this very moment. */
export function presentHolder(file: string): LockHolder | undefined {
  if (!existsSync(file) || !isHeld(file)) return undefined;
  const pid = holderOf(file);
  return pid === undefined ? undefined : { pid, since: statSync(`${file}.pid`).mtime };
}

function isHeld(file: string): boolean {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 0 });
  try {
    database.exec('select * from sqlite_schema');
    return false;
  } catch (error) {
    if (error instanceof Error && /locked/.test(error.message)) return true;
    throw error;
  } finally {
    database.close();
  }
}
