import { formatDuration } from '../../persona/duration.ts';
import type { Persona } from '../../persona/persona.ts';
import type { Store } from '../../store/store.ts';
import { bestHours } from './best-hours.ts';
import type { PostSchedule } from './schedule.ts';

/** When a persona posts: as persona.yaml has it, with the best hours where it asks for them. */
export async function scheduleOf(store: Store, persona: Persona, now: Date): Promise<PostSchedule> {
  const { bestHours: count, ...posts } = persona.schedule.posts;
  if (count === undefined) return posts;
  return { ...posts, hours: (await bestHours(store, persona, now)).hours };
}

/** In words, without looking into the store. */
export function rhythmOf({ everyMs, cron, bestHours: count }: Persona['schedule']['posts']): string {
  if (cron !== undefined) return `at ${cron}`;
  return count === undefined ? `every ${formatDuration(everyMs)}` : `in the best ${count} hours of the day`;
}

/** A sentence for its owner: when it posts and, of the best hours, which they are and who says so. */
export async function rhythmSentence(store: Store, persona: Persona, now: Date): Promise<string> {
  const { posts } = persona.schedule;
  const told = `It posts ${rhythmOf(posts)} (${posts.timezone})`;
  if (posts.bestHours === undefined) return `${told}.`;
  const { hours, because } = await bestHours(store, persona, now);
  return `${told}: ${hours.map((hour) => `${hour}:00`).join(', ')}, ${because}.`;
}
