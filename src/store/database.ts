/** Opens the SQLite file through Node's own driver and brings it up to date. Knows nothing of what the tables mean. */
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { UserError } from '../errors.ts';
import { MIGRATIONS } from './migrations.ts';

/** 'EIDO': marks the file as ours, so that another program's database is never migrated by mistake. */
const APPLICATION_ID = 0x4549444f;

/** How long a statement waits for another process's write to end. */
const BUSY_MS = 5000;

const SMALLEST_PAGE = 512; // bytes

/**
 * Opens `file`, makes it when there is none, and migrates it to the newest version.
 * @throws UserError when the file is not an eidolon store, comes from a newer eidolon, or cannot be written; it is then left as it was.
 */
export function openDatabase(file: string): SqliteDatabase {
  const database = explaining(file, () => {
    prepareFile(file);
    return new DatabaseSync(file, { timeout: BUSY_MS });
  });
  try {
    explaining(file, () => prepareDatabase(database, file));
  } catch (error) {
    database.close();
    throw error;
  }
  const prepare = preparer(database);
  return {
    close: () => {
      if (database.isOpen) database.close();
    },
    prepare: (sql) => explaining(file, () => toKysely(file, prepare(sql))),
  };
}

/** Writing statements that are kept prepared. */
const MOST_PREPARED = 16;

/**
 * Prepares a statement, or takes the one prepared before. A statement holds a copy of what was bound to it until it is
 * collected, of which V8 sees nothing: an import that prepared one for each batch would hold hundreds of megabytes. Those
 * that read are prepared anew, as one may still be read from when it is asked again.
 */
function preparer(database: DatabaseSync): (sql: string) => StatementSync {
  const prepared = new Map<string, StatementSync>();
  return (sql) => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    if (statement.columns().length > 0) return statement;
    prepared.delete(sql); // and to the end of the line
    prepared.set(sql, statement);
    const [oldest] = prepared.keys();
    if (prepared.size > MOST_PREPARED && oldest !== undefined) prepared.delete(oldest);
    return statement;
  };
}

/**
 * The store holds unpublished words: a new file is readable by its owner alone, and SQLite gives its WAL the same mode.
 * A file that is there is never opened here: closing it would drop the locks that this process holds on it through SQLite.
 */
function prepareFile(file: string): void {
  if (file === ':memory:') return;
  mkdirSync(path.dirname(file), { recursive: true });
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) closeSync(openSync(file, 'a', 0o600));
  // SQLite takes a file of one byte for an empty one and would overwrite it; no database is smaller than one page.
  if (size && size < SMALLEST_PAGE) throw refusal(file, SQLITE_NOTADB);
}

function prepareDatabase(database: DatabaseSync, file: string): void {
  refuseForeign(database, file);
  turnOnWal(database);
  // FULL, not the faster NORMAL: in WAL mode NORMAL may lose the last commits when the power fails, and a lost
  // attempt is a post sent twice. A persona commits a few times an hour, so the extra fsync costs nothing.
  database.exec('pragma synchronous = full; pragma foreign_keys = on');
  if (versionOf(database) < MIGRATIONS.length) migrate(database);
}

function refuseForeign(database: DatabaseSync, file: string): void {
  const version = versionOf(database);
  const isEmpty = database.prepare('select 1 from sqlite_schema limit 1').get() === undefined;
  if (!isEmpty && pragma(database, 'application_id') !== APPLICATION_ID) {
    throw new UserError(`${file} is a SQLite database, but not one of eidolon's`, {
      hint: 'Move it away, or point EIDOLON_HOME at another folder',
    });
  }
  if (version > MIGRATIONS.length) {
    throw new UserError(
      `${file} has version ${version}, and this eidolon knows versions up to ${MIGRATIONS.length}: a newer one wrote it`,
      { hint: 'Update eidolon' },
    );
  }
}

/** Changing the journal mode needs the file for oneself, and SQLite does not wait for that: another opener may be in its way. */
function turnOnWal(database: DatabaseSync): void {
  const deadline = Date.now() + BUSY_MS;
  while (true) {
    try {
      database.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      if (codeOf(error) !== SQLITE_BUSY || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); // ms
    }
  }
}

/** All or nothing; of two that open an old store at once, the second finds the work done. */
function migrate(database: DatabaseSync): void {
  database.exec('begin immediate');
  try {
    for (const statements of MIGRATIONS.slice(versionOf(database))) database.exec(statements);
    database.exec(`pragma application_id = ${APPLICATION_ID}; pragma user_version = ${MIGRATIONS.length}; commit`);
  } catch (error) {
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return pragma(database, 'user_version');
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`pragma ${name}`).get()?.[name]);
}

function toKysely(file: string, statement: StatementSync): SqliteStatement {
  const bound = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => explaining(file, () => statement.all(...bound(parameters))),
    run: (parameters) => explaining(file, () => statement.run(...bound(parameters))),
    iterate: (parameters) => statement.iterate(...bound(parameters)),
  };
}

const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;
/** By SQLite's primary result code: the failures that the operator can do something about. */
const OPERATORS: Readonly<Record<number, { readonly what: string; readonly hint: string }>> = {
  [SQLITE_BUSY]: { what: 'is held by another program', hint: 'End the program that holds it, then try again' },
  8: { what: 'cannot be written', hint: 'Make the file and its folder writable' },
  10: { what: 'could not be read or written: the disk reports an error', hint: 'Check the disk and the space on it' },
  11: { what: 'is damaged', hint: 'Restore a backup, or move the file away to start anew' },
  13: { what: 'could not grow: the disk is full', hint: 'Free some space, then try again' },
  14: { what: 'cannot be opened', hint: 'It must be a file in a folder that you can write to' },
  [SQLITE_NOTADB]: { what: 'is not an SQLite database', hint: 'Move it away, or point EIDOLON_HOME at another folder' },
};

function codeOf(error: unknown): number | undefined {
  const isSqlite = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
  return isSqlite ? Number(error.errcode) & 0xff : undefined; // the low byte is the primary code
}

function refusal(file: string, code: number, cause?: unknown): UserError {
  const { what, hint } = OPERATORS[code]!;
  return new UserError(`The store ${file} ${what}`, { hint, cause });
}

/** Turns what the operator can fix into a UserError; every other error passes as it is. */
function explaining<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = codeOf(error);
    if (code !== undefined && code in OPERATORS) throw refusal(file, code, error);
    if (error instanceof Error && 'syscall' in error) {
      throw new UserError(`The store ${file} cannot be opened: ${error.message}`, {
        hint: 'It must be a file in a folder that you can write to',
        cause: error,
      });
    }
    throw error;
  }
}
