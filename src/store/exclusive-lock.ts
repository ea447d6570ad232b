/** A lock that ends with its process, however that ends: SQLite's on a file of its own, which the system takes back. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface ExclusiveLock {
  release(): void;
}

/** Nothing where another process, or this one, holds it; `holderOf` then says who. Which file it is must not matter to others. */
export function takeExclusiveLock(file: string): ExclusiveLock | undefined {
  mkdirSync(path.dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked/.test(error.message)) return undefined;
    throw error;
  }
  writeFileSync(`${file}.pid`, String(process.pid));
  return { release: () => database.close() };
}

/** The process that took the lock last. */
export function holderOf(file: string): number {
  return Number(readFileSync(`${file}.pid`, 'utf8'));
}
