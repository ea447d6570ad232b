/** When a network may be asked again: what is left of a budget or a limit is spread over what is left of its time. Pure. */

export interface Wait {
  /** ISO 8601 in UTC. */
  readonly until: string;
  readonly because: string;
}

export interface Allowance {
  readonly used: number;
  readonly most: number;
  /** What the next request takes of it. */
  readonly each: number;
  /** Of the last request; null: there was none. */
  readonly last: Date | null;
  readonly now: Date;
  /** When there is room again for all of it or, of a span that moves along, for what it is too much by now. */
  readonly resetsAt: Date;
  /** Over which what is left is spread; without it, from the last request to `resetsAt`. */
  readonly spanMs?: number;
  /** In words, such as "10 posts a day". */
  readonly name: string;
}

/** Null: now. Up to half of an allowance is used as it comes; from there on, so that its end is never reached. */
export function pace({ used, most, each, last, now, resetsAt, spanMs, name }: Allowance): Wait | null {
  if (used + each > most) return { until: resetsAt.toISOString(), because: `the budget of ${name} is used up` };
  if (used < most / 2 || last === null) return null;
  const left = Math.max(1, Math.floor((most - used) / each));
  const spread = (spanMs ?? Math.max(0, resetsAt.getTime() - last.getTime())) / left;
  const next = new Date(Math.min(last.getTime() + spread, resetsAt.getTime()));
  return next > now ? { until: next.toISOString(), because: `what is left of ${name} is spread over its time` } : null;
}

/** The longest of them. */
export function longest(waits: readonly (Wait | null)[]): Wait | null {
  return waits.reduce(
    (one, other) => (other !== null && (one === null || other.until > one.until) ? other : one),
    null,
  );
}
