/** One daemon a store: a row with its process id, and with a beat that tells a living one from one that was killed. */
import { UserError } from '../errors.ts';
import { type Store, transaction } from '../store/store.ts';

export const BEAT_MS = 5_000;
/** A daemon without a beat for so long is gone, and its pid is another process by now, or it sleeps and will find its lock lost. */
const STALE_MS = 60_000;

export interface Lock {
  readonly pid: number;
  /** ISO 8601 in UTC; with the pid, the daemon's identity. */
  readonly startedAt: string;
}

export interface Claimant {
  readonly pid: number;
  readonly now: Date;
  readonly isAlive: (pid: number) => boolean;
}

/** @throws UserError when another daemon runs on this store. */
export async function takeLock(store: Store, { pid, now, isAlive }: Claimant): Promise<Lock> {
  const lock = { pid, startedAt: now.toISOString() };
  return transaction(store, async ({ db }) => {
    const holder = await db.selectFrom('daemon').selectAll().executeTakeFirst();
    if (holder && holds(holder, { pid, now, isAlive })) {
      throw new UserError(`Eidolon runs on this store already: process ${holder.pid}, since ${holder.started_at}`, {
        hint: `End it first (kill ${holder.pid}), or set EIDOLON_HOME to another folder`,
      });
    }
    await db.deleteFrom('daemon').execute();
    await db.insertInto('daemon').values({ pid, started_at: lock.startedAt, beat_at: lock.startedAt }).execute();
    return lock;
  });
}

/** False when another daemon has taken over, as it may after this one was asleep: then this one must end. */
export async function beat({ db }: Store, lock: Lock, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('daemon')
    .set({ beat_at: now.toISOString() })
    .where('pid', '=', lock.pid)
    .where('started_at', '=', lock.startedAt)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function releaseLock({ db }: Store, lock: Lock): Promise<void> {
  await db.deleteFrom('daemon').where('pid', '=', lock.pid).where('started_at', '=', lock.startedAt).execute();
}

export interface Holder {
  readonly pid: number;
  readonly started_at: string;
  readonly beat_at: string;
}

/** The daemon that runs on this store, if one does. */
export async function runningDaemon({ db }: Store, claimant: Omit<Claimant, 'pid'>): Promise<Holder | null> {
  const holder = await db.selectFrom('daemon').selectAll().executeTakeFirst();
  return holder && holds(holder, { ...claimant, pid: -1 }) ? holder : null;
}

/** A container gives its only process the same pid at each start: a row with our own pid is of one before us. */
function holds(holder: Holder, { pid, now, isAlive }: Claimant): boolean {
  const isFresh = now.getTime() - new Date(holder.beat_at).getTime() < STALE_MS;
  return holder.pid !== pid && isFresh && isAlive(holder.pid);
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // there, and another user's
  }
}
