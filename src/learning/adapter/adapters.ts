/** The adapters of a persona: which it speaks with, which is on trial, and how each came to its status. */
import path from 'node:path';
import type { Selectable } from 'kysely';
import { UserError } from '../../errors.ts';
import { type Store, transaction } from '../../store/store.ts';
import type { AdapterMovesTable, AdapterStatus, AdaptersTable } from '../../store/tables.ts';

export interface TaughtAdapter {
  readonly id: number;
  readonly persona: string;
  readonly status: AdapterStatus;
  /** The model that it was taught from, a folder under models/, and what that held. */
  readonly parent: string;
  readonly parentHash: string;
  readonly manifest: unknown;
  readonly createdAt: string;
}

export interface Move {
  readonly to: AdapterStatus;
  readonly by: AdapterMovesTable['by'];
  readonly reason: string;
  readonly at: string;
}

export function adapterFolder(home: string, { persona, id }: Pick<TaughtAdapter, 'persona' | 'id'>): string {
  return path.join(home, 'personas', persona, 'adapters', String(id));
}

/** Oldest first. */
export async function listAdapters({ db }: Store, persona: string): Promise<readonly TaughtAdapter[]> {
  const rows = await db.selectFrom('adapters').selectAll().where('persona', '=', persona).orderBy('id').execute();
  return rows.map(adapterOf);
}

/** @throws UserError where there is none. */
export async function getAdapter({ db }: Store, id: number): Promise<TaughtAdapter> {
  const row = await db.selectFrom('adapters').selectAll().where('id', '=', id).executeTakeFirst();
  if (row) return adapterOf(row);
  throw new UserError(`No adapter ${id}`, { hint: 'See: eidolon learn history' });
}

/** The one that the persona speaks with, or the one on trial; nothing where there is none. */
export async function adapterWith(
  { db }: Store,
  persona: string,
  status: 'live' | 'candidate',
): Promise<TaughtAdapter | undefined> {
  const rows = db.selectFrom('adapters').selectAll().where('persona', '=', persona);
  const row = await rows.where('status', '=', status).executeTakeFirst();
  return row && adapterOf(row);
}

export type NewAdapterRow = Omit<TaughtAdapter, 'id' | 'status' | 'createdAt'>;

/**
 * Takes down what was learned: `write` fills the folder before the row is there, so that a crash leaves a folder that nobody
 * knows, which the next adapter replaces. One that comes on trial ends the trial of the one before.
 */
export function addAdapter(
  store: Store,
  adapter: NewAdapterRow,
  move: Move,
  write: (id: number) => void,
): Promise<number> {
  return transaction(store, async (inside) => {
    if (move.to === 'candidate') await endTrial(inside, adapter.persona, 'a newer one is tried', move.at);
    const { id } = await inside.db
      .insertInto('adapters')
      .values({
        persona: adapter.persona,
        status: move.to,
        parent: adapter.parent,
        parent_hash: adapter.parentHash,
        manifest: JSON.stringify(adapter.manifest),
        created_at: move.at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await append(inside, id, move);
    write(id);
    return id;
  });
}

/** The persona speaks with this adapter from now on, and no more with the one before. */
export function promoteAdapter(store: Store, id: number, move: Omit<Move, 'to'>): Promise<void> {
  return transaction(store, async (inside) => {
    const { persona, status } = await getAdapter(inside, id);
    if (status === 'live') return;
    const former = await adapterWith(inside, persona, 'live');
    const replaced = { ...move, to: 'retired', reason: `adapter ${id} took its place` } as const;
    if (former) await moved(inside, former.id, replaced);
    await moved(inside, id, { ...move, to: 'live' });
  });
}

/** What a persona speaks with when its adapter goes: the one that this one replaced and which was not sent away itself, or none. */
export async function retireAdapter(store: Store, id: number, move: Omit<Move, 'to'>): Promise<number | null> {
  return transaction(store, async (inside) => {
    const adapter = await getAdapter(inside, id);
    await moved(inside, id, { ...move, to: 'retired' });
    if (adapter.status !== 'live') return null;
    const replaced = await inside.db
      .selectFrom('adapter_moves')
      .innerJoin('adapters', 'adapters.id', 'adapter_moves.adapter_id')
      .select('adapters.id')
      .where('adapters.persona', '=', adapter.persona)
      .where('adapters.status', '=', 'retired')
      .where('adapter_moves.reason', '=', `adapter ${id} took its place`)
      .orderBy('adapter_moves.id', 'desc')
      .executeTakeFirst();
    if (!replaced) return null;
    await moved(inside, replaced.id, { ...move, to: 'live', reason: `adapter ${id} went: ${move.reason}` });
    return replaced.id;
  });
}

export async function refuseAdapter(store: Store, id: number, move: Omit<Move, 'to'>): Promise<void> {
  await transaction(store, (inside) => moved(inside, id, { ...move, to: 'refused' }));
}

/** Oldest first. */
export async function movesOf({ db }: Store, id: number): Promise<readonly Selectable<AdapterMovesTable>[]> {
  return db.selectFrom('adapter_moves').selectAll().where('adapter_id', '=', id).orderBy('id').execute();
}

async function endTrial(store: Store, persona: string, reason: string, at: string): Promise<void> {
  const tried = await adapterWith(store, persona, 'candidate');
  if (tried) await moved(store, tried.id, { to: 'retired', by: 'gate', reason, at });
}

async function moved(store: Store, id: number, move: Move): Promise<void> {
  await store.db.updateTable('adapters').set({ status: move.to }).where('id', '=', id).execute();
  await append(store, id, move);
}

async function append({ db }: Store, id: number, { to, by, reason, at }: Move): Promise<void> {
  await db.insertInto('adapter_moves').values({ adapter_id: id, to_status: to, by, reason, at }).execute();
}

function adapterOf(row: Selectable<AdaptersTable>): TaughtAdapter {
  return {
    id: row.id,
    persona: row.persona,
    status: row.status,
    parent: row.parent,
    parentHash: row.parent_hash,
    manifest: JSON.parse(row.manifest),
    createdAt: row.created_at,
  };
}
