import type { PersonaStatus } from '../daemon/status.ts';
import { fromNow } from '../review/moment.ts';

/** Undefined where nobody waits for an answer. */
export function mentionsLine({ name, mentions }: PersonaStatus, now: Date): string | undefined {
  const { count, oldest, because } = mentions;
  if (oldest === null) return undefined;
  const who = count === 1 ? '1 mention waits' : `${count} mentions wait`;
  const since = `${count === 1 ? 'posted' : 'the oldest posted'} ${fromNow(oldest, now)}`;
  return `${name}: ${who} for an answer, ${since}${because === null ? '' : `: ${because}`}`;
}
