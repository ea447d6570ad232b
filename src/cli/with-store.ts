import { home } from '../environment.ts';
import { openStore, type Store, storeFile } from '../store/store.ts';

/** Opens the home folder's store for one command. */
export async function withStore<T>(work: (store: Store, home: string) => Promise<T>): Promise<T> {
  const folder = home();
  const store = openStore(storeFile(folder));
  try {
    return await work(store, folder);
  } finally {
    await store.close();
  }
}
