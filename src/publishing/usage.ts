/** What was asked of networks and what they said of their limits: kept across restarts, and held to the owner's budget. */
import type { Selectable } from 'kysely';
import type { Persona } from '../persona/persona.ts';
import { type Store, transaction } from '../store/store.ts';
import type { UsageTable } from '../store/tables.ts';
import type { RequestKind, Usage } from './account.ts';
import { longest, pace, type Wait } from './pace.ts';
import { PRICES } from './x/prices.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const hourOf = (time: Date) => time.toISOString().slice(0, 13);
const monthOf = (time: Date) => time.toISOString().slice(0, 7);

export function keepUsage(store: Store, persona: string, now: () => Date): Usage {
  return {
    async spent({ kind, count = 1, dollars = 0 }) {
      const time = now();
      await transaction(store, async ({ db }) => {
        for (const period of [hourOf(time), monthOf(time)]) {
          await db
            .insertInto('usage')
            .values({ persona, kind, period, count, dollars, last_at: time.toISOString() })
            .onConflict((conflict) =>
              conflict.columns(['persona', 'kind', 'period']).doUpdateSet(({ eb }) => ({
                count: eb('usage.count', '+', count),
                dollars: eb('usage.dollars', '+', dollars),
                last_at: time.toISOString(),
              })),
            )
            .execute();
        }
        // Hours are only ever asked for a day; months are few.
        const old = hourOf(new Date(time.getTime() - 2 * DAY));
        await db
          .deleteFrom('usage')
          .where('persona', '=', persona)
          .where('kind', '=', kind)
          .where('period', '<', old)
          .where('period', 'like', '%T%')
          .execute();
      });
    },
    async limited({ kind, endpoint = '', remaining, resetAt }) {
      const told = { remaining, reset_at: resetAt.toISOString(), told_at: now().toISOString() };
      await store.db
        .insertInto('limits')
        .values({ persona, kind, endpoint, ...told })
        .onConflict((conflict) => conflict.columns(['persona', 'kind', 'endpoint']).doUpdateSet(told))
        .execute();
    },
  };
}

/** So far, of an account; posts and things read. */
export interface Used {
  readonly postsInDay: number;
  readonly postsInMonth: number;
  readonly readsInDay: number;
  readonly readsInMonth: number;
  readonly dollarsInMonth: number;
}

export interface Spending extends Used {
  /** When another post may be sent; null: now. */
  readonly posts: Wait | null;
  /** When something may be read; null: now. */
  readonly reads: Wait | null;
  /** When something may be read that cannot be done without, such as whether a post is there. */
  readonly necessaryReads: Wait | null;
}

/** What the accounts of these personas have spent, all personas of one account together, and when they may spend again. */
export async function readSpending(
  { db }: Pick<Store, 'db'>,
  personas: readonly Pick<Persona, 'name' | 'account'>[],
  now: Date,
): Promise<ReadonlyMap<string, Spending>> {
  const accounts = await db.selectFrom('accounts').select(['persona', 'identity']).execute();
  const limits = await db.selectFrom('limits').selectAll().where('reset_at', '>', now.toISOString()).execute();
  const rows = await db
    .selectFrom('usage')
    .selectAll()
    .where(({ eb, or }) =>
      or([eb('period', '=', monthOf(now)), eb('period', '>', hourOf(new Date(now.getTime() - DAY)))]),
    )
    .execute();
  const identityOf = new Map(accounts.map(({ persona, identity }) => [persona, identity]));

  return new Map(
    personas.map(({ name, account }) => {
      const identity = identityOf.get(name) ?? null;
      const isIts = ({ persona }: { readonly persona: string }) =>
        persona === name || (identity !== null && identityOf.get(persona) === identity);
      const budget = 'budget' in account ? account.budget : {};
      const told = limits.filter(isIts).toSorted((a, b) => (a.told_at < b.told_at ? 1 : -1));
      const state: State = { rows: rows.filter(isIts), budget, now, network: account.network };
      const used = usedIn(state.rows, now);
      const remaining = (kind: RequestKind) => {
        const endpoints = Map.groupBy(
          told.filter((row) => row.kind === kind),
          ({ endpoint }) => endpoint,
        );
        const newest = [...endpoints.values()].map(([row]) => row!);
        return longest(newest.map((limit) => waitOfLimit(limit, lastOf(state.rows, kind), now)));
      };
      const necessaryReads = longest([exhausted('read', used, state), remaining('read')]);
      const posts = longest([budgetWait('post', used, state), remaining('post'), necessaryReads]);
      return [
        name,
        { ...used, posts, reads: longest([budgetWait('read', used, state), remaining('read')]), necessaryReads },
      ];
    }),
  );
}

interface State {
  readonly rows: readonly Selectable<UsageTable>[];
  readonly budget: Budget;
  readonly now: Date;
  readonly network: Persona['account']['network'];
}

type Budget = Partial<Extract<Persona['account'], { network: 'x' }>['budget']>;

function usedIn(rows: readonly Selectable<UsageTable>[], now: Date): Used {
  const sum = (of: 'count' | 'dollars', kinds: readonly RequestKind[], isIn: (period: string) => boolean) =>
    rows.filter(({ kind, period }) => kinds.includes(kind) && isIn(period)).reduce((total, row) => total + row[of], 0);
  const isHour = (period: string) => period.includes('T');
  const isMonth = (period: string) => period === monthOf(now);
  return {
    postsInDay: sum('count', ['post'], isHour),
    postsInMonth: sum('count', ['post'], isMonth),
    readsInDay: sum('count', ['read'], isHour),
    readsInMonth: sum('count', ['read'], isMonth),
    dollarsInMonth: sum('dollars', ['post', 'read'], isMonth),
  };
}

function lastOf(rows: State['rows'], ...kinds: readonly RequestKind[]): Date | null {
  const last = rows
    .flatMap(({ kind, last_at }) => (kinds.includes(kind) ? [last_at] : []))
    .toSorted()
    .at(-1);
  return last === undefined ? null : new Date(last);
}

/** US dollars that the next request is counted on to take, where it is not known yet what it will be. */
function priceOf(network: State['network'], kind: RequestKind): number {
  if (network !== 'x') return 0;
  return kind === 'post' ? PRICES.post : PRICES.postRead;
}

function budgetWait(kind: RequestKind, used: Used, state: State): Wait | null {
  return longest(allowances(kind, used, state).map(pace));
}

/** Only where nothing is left. */
function exhausted(kind: RequestKind, used: Used, state: State): Wait | null {
  return longest(allowances(kind, used, state).map((allowance) => pace({ ...allowance, last: null })));
}

function allowances(kind: RequestKind, used: Used, { rows, budget, now, network }: State) {
  const isPost = kind === 'post';
  const [perDay, perMonth] = isPost
    ? [budget.postsPerDay, budget.postsPerMonth]
    : [budget.readsPerDay, budget.readsPerMonth];
  const [inDay, inMonth] = isPost ? [used.postsInDay, used.postsInMonth] : [used.readsInDay, used.readsInMonth];
  const what = isPost ? 'posts' : 'reads';
  const last = lastOf(rows, kind);
  const price = priceOf(network, kind);
  const common = { now, last, each: 1 };
  const days =
    perDay === undefined
      ? []
      : [
          {
            ...common,
            used: inDay,
            most: perDay,
            spanMs: DAY,
            resetsAt: dayHasRoom(rows, kind, perDay, now),
            name: `${perDay} ${what} a day`,
          },
        ];
  const months =
    perMonth === undefined
      ? []
      : [{ ...common, used: inMonth, most: perMonth, resetsAt: nextMonth(now), name: `${perMonth} ${what} a month` }];
  const { dollarsPerMonth } = budget;
  const dollars =
    dollarsPerMonth === undefined || price === 0
      ? []
      : [
          {
            ...common,
            last: lastOf(rows, 'post', 'read'),
            used: used.dollarsInMonth,
            most: dollarsPerMonth,
            each: price,
            resetsAt: nextMonth(now),
            name: `$${dollarsPerMonth} a month`,
          },
        ];
  return [...days, ...months, ...dollars];
}

/** When enough of the last 24 hours is over for one more. */
function dayHasRoom(rows: State['rows'], kind: RequestKind, perDay: number, now: Date): Date {
  const hours = rows
    .filter((row) => row.kind === kind && row.period.includes('T'))
    .toSorted((a, b) => (a.period < b.period ? -1 : 1));
  let left = hours.reduce((sum, { count }) => sum + count, 0);
  for (const { period, count } of hours) {
    left -= count;
    if (left + 1 <= perDay) return new Date(Date.parse(`${period}:00:00Z`) + DAY);
  }
  return new Date(now.getTime() + DAY); // a budget of none
}

export function nextMonth(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));
}

/** Below so many that are left, a network's own limit is spread over its time. */
const FEW = 10;

interface Limit {
  readonly kind: RequestKind;
  readonly remaining: number;
  readonly reset_at: string;
}

function waitOfLimit({ kind, remaining, reset_at }: Limit, last: Date | null, now: Date): Wait | null {
  const name = `the network's limit of ${kind === 'post' ? 'posts' : 'reads'}`;
  if (remaining <= 0) return { until: reset_at, because: `${name} is reached` };
  if (remaining > FEW || last === null) return null;
  const until = new Date(last.getTime() + (Date.parse(reset_at) - last.getTime()) / remaining);
  return until > now
    ? { until: until.toISOString(), because: `what is left of ${name} is spread over its time` }
    : null;
}
