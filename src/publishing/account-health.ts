/** What keeps personas from their networks, kept across restarts: pauses, waits that a network asked for, servers that are out of order. */
import { statSync } from 'node:fs';
import path from 'node:path';
import type { WorldError } from '../errors.ts';
import type { Persona } from '../persona/persona.ts';
import type { AccountSettings } from '../persona/settings.ts';
import { type Store, transaction } from '../store/store.ts';
import { AccountError, DuplicateError, Refusal } from './network.ts';
import { longest, type Wait } from './pace.ts';
import { readSpending, type Spending } from './usage.ts';

export interface Standing {
  /** Until the owner has seen to it. */
  readonly pause: { readonly since: string; readonly because: string } | null;
  /** Nothing is asked of the network before; ISO 8601 in UTC. */
  readonly wait: Wait | null;
  /** What its account has spent, and when it may spend again. */
  readonly spending: Spending;
  /** The server that is out of order. */
  readonly outage: { readonly server: string; readonly since: string; readonly because: string } | null;
}

/** The host of an account's server, or the network that has but one. */
export function serverOf(settings: AccountSettings): string {
  return 'server' in settings && settings.server !== undefined ? new URL(settings.server).host : settings.network;
}

/** Changes when `persona.yaml` or `.env` does: what may have kept the persona from posting may be mended then. */
export function ownersFiles(home: string, persona: string): string {
  const files = [path.join(home, 'personas', persona, 'persona.yaml'), path.join(home, '.env')];
  return files
    .map((file) => statSync(file, { throwIfNoEntry: false }))
    .map((stat) => (stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : 'none'))
    .join('\n');
}

export interface Troubled {
  readonly persona: string;
  readonly server: string;
  /** By `ownersFiles`, as it was before the network was asked. */
  readonly files: string;
  readonly now: Date;
}

/** Keeps what an error means for the requests after it: a pause, a wait, an outage, or nothing where it is about one post. */
export async function noteTrouble(store: Store, error: WorldError, troubled: Troubled): Promise<void> {
  if (error instanceof AccountError) return pause(store, error.message, troubled);
  if (error instanceof DuplicateError || (error instanceof Refusal && !error.retryable)) return;
  const { retryAfterMs } = error;
  if (error instanceof Refusal && retryAfterMs !== undefined) {
    const until = new Date(troubled.now.getTime() + retryAfterMs).toISOString();
    return leaveAlone(store, troubled.persona, { until, because: error.message });
  }
  await serverFailed(store, error, troubled);
}

export async function pause(store: Store, because: string, { persona, files, now }: Omit<Troubled, 'server'>) {
  await keep(store, persona, { paused_at: now.toISOString(), paused_because: because, paused_files: files });
}

export async function leaveAlone(store: Store, persona: string, { until, because }: Wait): Promise<void> {
  await keep(store, persona, { wait_until: until, wait_because: because });
}

/** Once the network has said whose account it is: personas of one account share what is left of its limits. */
export async function knowIdentity(store: Store, persona: string, identity: string): Promise<void> {
  const known = await store.db
    .selectFrom('accounts')
    .select('identity')
    .where('persona', '=', persona)
    .executeTakeFirst();
  if (known?.identity !== identity) await keep(store, persona, { identity });
}

/** Of those whose network has said it, by persona. */
export async function readIdentities({ db }: Store): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom('accounts').select(['persona', 'identity']).execute();
  return new Map(rows.flatMap(({ persona, identity }) => (identity === null ? [] : [[persona, identity] as const])));
}

/** By which no other account on this machine is known: two servers may have the same ids. */
export function keyOf(settings: AccountSettings, identity: string): string {
  return `${serverOf(settings)} ${identity}`;
}

/** Whether it was paused. */
export async function resume({ db }: Store, persona: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('accounts')
    .set({ paused_at: null, paused_because: null, paused_files: null })
    .where('persona', '=', persona)
    .where('paused_at', 'is not', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Resumes those whose owner has changed something since they were paused. */
export async function resumeMended(store: Store, home: string): Promise<void> {
  const paused = await store.db
    .selectFrom('accounts')
    .select(['persona', 'paused_files'])
    .where('paused_at', 'is not', null)
    .execute();
  for (const { persona, paused_files } of paused) {
    if (ownersFiles(home, persona) !== paused_files) await resume(store, persona);
  }
}

async function keep(
  { db }: Store,
  persona: string,
  set: Readonly<
    Partial<
      Record<'paused_at' | 'paused_because' | 'paused_files' | 'wait_until' | 'wait_because' | 'identity', string>
    >
  >,
): Promise<void> {
  await db
    .insertInto('accounts')
    .values({ persona, ...set })
    .onConflict((conflict) => conflict.column('persona').doUpdateSet(set))
    .execute();
}

const FIRST_WAIT_MS = 60_000;
const LAST_WAIT_MS = 15 * 60_000;

/** A server that fails is asked ever less often, by all that post there together. */
async function serverFailed(store: Store, error: WorldError, { server, now }: Troubled): Promise<void> {
  await transaction(store, async ({ db }) => {
    const known = await db.selectFrom('servers').selectAll().where('name', '=', server).executeTakeFirst();
    // Asked before it was known: the same failure, not another.
    const isKnown = known !== undefined && known.retry_at > now.toISOString();
    const failures = (known?.failures ?? 0) + (isKnown ? 0 : 1);
    const growing = Math.min(FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 20), LAST_WAIT_MS);
    const waitMs = Math.max(isKnown ? 0 : growing, error.retryAfterMs ?? 0);
    const asked = new Date(now.getTime() + waitMs).toISOString();
    const retryAt = isKnown && known.retry_at > asked ? known.retry_at : asked;
    const row = { failures, retry_at: retryAt, reason: error.message };
    await db
      .insertInto('servers')
      .values({ name: server, since: now.toISOString(), ...row })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute();
  });
}

export async function serverAnswered({ db }: Store, server: string): Promise<void> {
  const known = await db.selectFrom('servers').select('name').where('name', '=', server).executeTakeFirst();
  if (known) await db.deleteFrom('servers').where('name', '=', server).execute();
}

/** How each persona stands with its network; waits that are over are left out, an outage lasts until the server answers. */
export async function readStandings(
  { db }: Pick<Store, 'db'>,
  personas: readonly Pick<Persona, 'name' | 'account'>[],
  now: Date,
): Promise<ReadonlyMap<string, Standing>> {
  const accounts = new Map((await db.selectFrom('accounts').selectAll().execute()).map((row) => [row.persona, row]));
  const spendings = await readSpending({ db }, personas, now);
  const servers = new Map((await db.selectFrom('servers').selectAll().execute()).map((row) => [row.name, row]));
  return new Map(
    personas.map(({ name, account }) => {
      const row = accounts.get(name);
      const server = servers.get(serverOf(account));
      const waits = [
        ...(row?.wait_until ? [{ until: row.wait_until, because: row.wait_because ?? '' }] : []),
        ...(server ? [{ until: server.retry_at, because: server.reason }] : []),
      ].filter(({ until }) => until > now.toISOString());
      const standing: Standing = {
        pause: row?.paused_at ? { since: row.paused_at, because: row.paused_because ?? '' } : null,
        wait: longest(waits),
        spending: spendings.get(name)!,
        outage: server ? { server: server.name, since: server.since, because: server.reason } : null,
      };
      return [name, standing];
    }),
  );
}
