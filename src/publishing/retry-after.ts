import { answeredAt } from './answered-at.ts';

const LONGEST_MS = 24 * 3_600_000;

/** How long a `Retry-After` asks to wait, in seconds or as a date by the server's own clock; undefined where it says nothing. Milliseconds. */
export function retryAfter(
  header: string | null | undefined,
  dateHeader: string | null | undefined,
  now: Date,
): number | undefined {
  const text = header?.trim();
  if (!text || text.startsWith('-')) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - answeredAt(dateHeader, now);
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 1000), LONGEST_MS) : undefined;
}
