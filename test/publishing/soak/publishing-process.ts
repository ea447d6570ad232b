/**
 * A process that publishes for all personas of a home until nothing is left to do, as the daemon's jobs do, on a clock that its
 * parent sets: where everything waits, the parent lets that time pass. Usage: fork(this, [HOME]).
 */
import { sql } from 'kysely';
import { loadPersonas } from '../../../src/persona/load-persona.ts';
import { resume } from '../../../src/publishing/account-health.ts';
import { takeTurn } from '../../../src/publishing/take-turn.ts';
import { openStore, type Store, storeFile } from '../../../src/store/store.ts';

/** `passMs`: everything waits for so long. */
export type FromProcess = { readonly passMs: number } | { readonly isDone: true };
/** How far the clock is ahead. */
export interface ToProcess {
  readonly aheadMs: number;
}

/** Of real time: a server that says nothing is no longer waited for. */
const PATIENCE_MS = 400;
const AT_ONCE = 5;

const [home = ''] = process.argv.slice(2);
let aheadMs = await told();
const now = () => new Date(Date.now() + aheadMs);
const store = openStore(storeFile(home));
const { personas } = loadPersonas(home);

for (;;) {
  let news = 0;
  for (let from = 0; from < personas.length; from += AT_ONCE) {
    const turns = personas.slice(from, from + AT_ONCE).map((persona) => {
      return takeTurn({ home, persona, store, now, patienceMs: PATIENCE_MS });
    });
    news += (await Promise.all(turns)).flat().length;
  }
  if (news > 0) continue;
  for (const { name } of personas) await resume(store, name); // as their owner would
  if (await isAllSettled(store)) break;
  tell({ passMs: Math.max(1000, (await nextMoment(store)) - now().getTime()) });
  aheadMs = await told();
}
await store.close();
tell({ isDone: true });
process.disconnect();

async function isAllSettled({ db }: Store): Promise<boolean> {
  const open = await db
    .selectFrom('drafts')
    .select('id')
    .where('status', 'in', ['approved', 'publishing', 'uncertain'])
    .where('held_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return open === undefined;
}

/** The first at which anything may go on; milliseconds since 1970. */
async function nextMoment({ db }: Store): Promise<number> {
  const time = now().toISOString();
  const next = (column: string) => {
    const moment = sql.ref(column);
    return sql<string | null>`min(case when ${moment} > ${time} then ${moment} end)`.as('next');
  };
  const moments = await Promise.all([
    db.selectFrom('attempts').select(next('look_at')).execute(),
    db.selectFrom('servers').select(next('retry_at')).execute(),
    db.selectFrom('accounts').select(next('wait_until')).execute(),
    db.selectFrom('writers').select(next('until')).execute(),
    db.selectFrom('limits').select(next('reset_at')).execute(),
    db.selectFrom('drafts').select(next('publish_at')).where('status', '=', 'approved').execute(),
  ]);
  const times = moments.flat().flatMap(({ next }) => (next === null ? [] : [Date.parse(next)]));
  return Math.min(...times, now().getTime() + 3_600_000);
}

function tell(message: FromProcess): void {
  process.send!(message);
}

function told(): Promise<number> {
  return new Promise((resolve) => process.once('message', (message) => resolve((message as ToProcess).aheadMs)));
}
