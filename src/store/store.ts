/** The one SQLite file that the commands, the daemon and its jobs share, as typed queries. */
import path from 'node:path';
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import { openDatabase } from './database.ts';
import type { Tables } from './tables.ts';

export interface Store {
  readonly db: Kysely<Tables>;
  close(): Promise<void>;
}

export function storeFile(home: string): string {
  return path.join(home, 'data', 'eidolon.db');
}

/**
 * Opens the store, making or migrating the file as needed; `:memory:` is a store for a test.
 * @throws UserError when the file is not ours, is from a newer version, or cannot be written.
 */
export function openStore(file: string): Store {
  return storeOn(openDatabase(file));
}

export function storeOn(database: SqliteDatabase): Store {
  const db = new Kysely<Tables>({ dialect: new ImmediateDialect({ database }) });
  return {
    db,
    close: async () => {
      await db.destroy();
      database.close(); // Kysely closes only a database that it has used
    },
  };
}

/**
 * Runs `work` so that all of it is stored or nothing; inside another transaction it joins that one.
 * `work` must use the store that it is handed: the outer one waits for the transaction to end.
 */
export async function transaction<T>(store: Store, work: (inside: Store) => Promise<T>): Promise<T> {
  if (store.db.isTransaction) return work(store);
  return store.db.transaction().execute((db) => work({ ...store, db }));
}

/**
 * A transaction takes the write lock when it begins. One that reads first and writes later would be refused, without
 * waiting, whenever another process has written in between.
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #database: SqliteDatabase;

  constructor(config: { database: SqliteDatabase }) {
    super(config);
    this.#database = config.database;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver({ database: this.#database });
  }
}
