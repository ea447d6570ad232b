/**
 * A process that does one step on a real store and is killed, as by `kill -9`, before its Nth statement that writes
 * (before one that reads, the file is as it was after the last that wrote).
 * Usage: node killed-step.ts FILE STEP N. Exits 0 when the step has fewer than N such statements.
 */
import type { SqliteDatabase } from 'kysely';
import { publishNext, reconcile } from '../../src/publishing/publish-next.ts';
import { addCandidates, createDraft } from '../../src/queue/create-draft.ts';
import { approve, reject, undo } from '../../src/review/decide.ts';
import { openDatabase } from '../../src/store/database.ts';
import { type Store, storeOn } from '../../src/store/store.ts';
import { candidate, draftOf, NOON, ROUND } from '../queue/prepared-drafts.ts';
import { localAccount } from './local-account.ts';

const now = () => NOON;

/** What cara posts, in three. */
export const THREAD = ['Hope is a debt.', 'It is paid in years.', 'Nobody lends it twice.'];
export const split = (text: string): readonly string[] => (text === THREAD.join(' ') ? THREAD : [text]);

export function turnOf(store: Store, persona: string, clock = now) {
  return { persona, network: localAccount(store, persona, clock), now: clock, splitter: async () => split };
}

/** What the next start does, once nobody counts as the writer any more who was killed. */
export async function recover(store: Store, hour: number): Promise<void> {
  for (const persona of ['ada', 'bob', 'cara']) await reconcile(store, turnOf(store, persona, at(hour)));
}

export const at = (hour: number) => () => new Date(NOON.getTime() + hour * 3_600_000);

/** Draft 1 is pending, draft 2 approved and due, draft 3 is bob's and was left in `publishing`, draft 4 is cara's: approved, due and a thread. */
export const STEPS = {
  createDraft: (store) => createDraft(store, draftOf(['new'])),
  addCandidates: (store) => addCandidates(store, 1, { round: ROUND, candidates: [candidate('more')], now: NOON }),
  approve: (store) => approve(store, { draftId: 1, now: NOON, undoMs: 0 }),
  reject: (store) => reject(store, { draftId: 1, now: NOON }),
  undo: (store) => undo(store, { draftId: 2, now: NOON }),
  publishNext: (store) => publishNext(store, turnOf(store, 'ada')),
  publishThread: (store) => publishNext(store, turnOf(store, 'cara')),
  reconcile: (store) => recover(store, 1),
} satisfies Record<string, (store: Store) => Promise<unknown>>;

export function killedBefore(fatal: number, database: SqliteDatabase): SqliteDatabase {
  let count = 0;
  const counting = <T>(execute: () => T): T => {
    if (++count === fatal) process.kill(process.pid, 'SIGKILL');
    return execute();
  };
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      if (/^select|^begin/.test(sql)) return statement;
      return {
        ...statement,
        all: (parameters) => counting(() => statement.all(parameters)),
        run: (parameters) => counting(() => statement.run(parameters)),
      };
    },
  };
}

if (import.meta.main) {
  const [file, step, fatal] = process.argv.slice(2);
  const store = storeOn(killedBefore(Number(fatal), openDatabase(file!)));
  await STEPS[step as keyof typeof STEPS](store);
  await store.close();
}
