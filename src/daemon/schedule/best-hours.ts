/** The hours of the day in which a persona had better post: by how its posts were taken, else by when its owner wrote. */
import { measuredPosts, worthOf } from '../../listening/outcomes.ts';
import type { Persona } from '../../persona/persona.ts';
import { type Store, transaction } from '../../store/store.ts';

export interface BestHours {
  /** In the persona's time zone, 0 to 23, ascending. */
  readonly hours: readonly number[];
  /** For its owner. */
  readonly because: string;
}

/** One post, by when it was posted and what it is worth as evidence. */
export interface HourEvidence {
  readonly at: string;
  readonly worth: number;
}

/** Fewer measured posts tell more of chance than of hours. */
export const ENOUGH_MEASURED = 50;
const ENOUGH_ARCHIVED = 20;
/** As many posts of average worth are added to each hour: an hour with one lucky post is not the best. */
const PRIOR_POSTS = 5;
const USUAL_HOURS = [9, 13, 18];

interface Sources {
  readonly measured: readonly HourEvidence[];
  readonly archived: readonly HourEvidence[];
  readonly count: number;
  readonly hourOf: (time: string) => number;
  /** Whether it may post in this hour at all. */
  readonly isAwake: (hour: number) => boolean;
}

/** The best `count` hours, and of what they were told. */
export function chooseHours({ measured, archived, count, hourOf, isAwake }: Sources): BestHours {
  const best = (score: ReadonlyMap<number, number>) =>
    [...score]
      .filter(([hour]) => isAwake(hour))
      .toSorted(([a, scoreA], [b, scoreB]) => scoreB - scoreA || a - b)
      .slice(0, count)
      .map(([hour]) => hour)
      .toSorted((a, b) => a - b);
  if (measured.length >= ENOUGH_MEASURED) {
    const hours = best(meanWorth(measured, hourOf));
    if (hours.length > 0) return { hours, because: `when its ${measured.length} measured posts were taken best` };
  }
  if (archived.length >= ENOUGH_ARCHIVED) {
    const hours = best(new Map([...byHour(archived, hourOf)].map(([hour, posts]) => [hour, posts.length])));
    if (hours.length > 0)
      return { hours, because: `when the ${archived.length} posts of its archive were written most` };
  }
  const awake = USUAL_HOURS.filter(isAwake).slice(0, count);
  const any = Array.from({ length: 24 }, (_, hour) => hour).find(isAwake) ?? 12;
  return {
    hours: awake.length > 0 ? awake : [any],
    because: 'as long as neither outcomes nor an archive tell of better ones',
  };
}

function byHour(posts: readonly HourEvidence[], hourOf: Sources['hourOf']): Map<number, HourEvidence[]> {
  return Map.groupBy(posts, ({ at }) => hourOf(at));
}

function meanWorth(posts: readonly HourEvidence[], hourOf: Sources['hourOf']): Map<number, number> {
  const sum = (some: readonly HourEvidence[]) => some.reduce((total, { worth }) => total + worth, 0);
  const mean = sum(posts) / posts.length;
  const shrunk = (some: readonly HourEvidence[]) => (sum(some) + PRIOR_POSTS * mean) / (some.length + PRIOR_POSTS);
  return new Map([...byHour(posts, hourOf)].map(([hour, some]) => [hour, shrunk(some)]));
}

const DAY = 86_400_000;

/** Counted once a day, and kept in the store. */
export async function bestHours(store: Store, persona: Persona, now: Date): Promise<BestHours> {
  const { bestHours: count, timezone, between } = persona.schedule.posts;
  const asked = JSON.stringify({ count, timezone, between });
  const kept = await store.db
    .selectFrom('best_hours')
    .selectAll()
    .where('persona', '=', persona.name)
    .executeTakeFirst();
  if (kept && kept.asked === asked && Date.parse(kept.counted_at) + DAY > now.getTime()) {
    return { hours: JSON.parse(kept.hours), because: kept.because };
  }
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, hour: '2-digit', hourCycle: 'h23' });
  const chosen = chooseHours({
    measured: (await measuredPosts(store, persona.name)).map((post) => ({
      at: post.publishedAt,
      worth: worthOf(post),
    })),
    archived: await archivedPosts(store, persona.name),
    count: count ?? 0,
    hourOf: (time) => Number(clock.format(new Date(time))),
    isAwake: (hour) => {
      const { fromMinute, toMinute } = between;
      const minute = hour * 60;
      return fromMinute < toMinute
        ? fromMinute <= minute && minute < toMinute
        : minute >= fromMinute || minute < toMinute;
    },
  });
  const row = { asked, hours: JSON.stringify(chosen.hours), because: chosen.because, counted_at: now.toISOString() };
  await transaction(store, (inside) =>
    inside.db
      .insertInto('best_hours')
      .values({ persona: persona.name, ...row })
      .onConflict((conflict) => conflict.column('persona').doUpdateSet(row))
      .execute(),
  );
  return chosen;
}

async function archivedPosts({ db }: Store, persona: string): Promise<HourEvidence[]> {
  const rows = await db
    .selectFrom('posts')
    .select('time as at')
    .where('persona', '=', persona)
    .where('mine', '=', 1)
    .where('kind', '=', 'post')
    .where('visibility', 'in', ['public', 'unlisted'])
    .where('time', 'is not', null)
    .execute();
  return rows.map(({ at }) => ({ at: at ?? '', worth: 1 }));
}
