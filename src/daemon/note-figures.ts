/** Keeps the model host's newest figures in the store, where `eidolon status` finds them. */

import type { HostFigures } from '../host/host-calls.ts';
import type { Store } from '../store/store.ts';
import type { Lock } from './lock.ts';

export interface FiguresNote {
  /** Not more often than every few seconds, and only what is new. Does not wait for a host that computes. */
  tick(now: Date): void;
  close(): Promise<void>;
}

const EVERY_MS = 5_000;

export function noteFigures(store: Store, lock: Lock, figures: () => Promise<HostFigures>): FiguresNote {
  let [askedAt, stored] = [Number.NEGATIVE_INFINITY, ''];
  let asking: Promise<void> | undefined;

  async function note(): Promise<void> {
    const newest = JSON.stringify(await figures());
    if (newest === stored) return;
    await store.db
      .updateTable('daemon')
      .set({ host: newest })
      .where('pid', '=', lock.pid)
      .where('started_at', '=', lock.startedAt)
      .execute();
    stored = newest;
  }

  return {
    tick(now) {
      if (asking || now.getTime() - askedAt < EVERY_MS) return;
      askedAt = now.getTime();
      asking = note()
        .catch(() => {}) // the host stopped, or the disk is full, which others tell of: these are asked for again soon
        .finally(() => {
          asking = undefined;
        });
    },
    async close() {
      await asking;
    },
  };
}

/** Of the daemon that runs on this store; null before it has told any. */
export async function readFigures({ db }: Store): Promise<HostFigures | null> {
  const row = await db.selectFrom('daemon').select('host').executeTakeFirst();
  return row?.host ? JSON.parse(row.host) : null;
}
