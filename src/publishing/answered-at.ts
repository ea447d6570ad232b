/**
 * When an answer was given, by the clock of the server that names other moments in it: it may be wrong, but is wrong in both.
 * Milliseconds since 1970; `now` where the server does not say.
 */
export function answeredAt(dateHeader: string | null | undefined, now: Date): number {
  const date = Date.parse(dateHeader ?? '');
  return Number.isNaN(date) ? now.getTime() : date;
}
