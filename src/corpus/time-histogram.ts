/** How many documents fall into each year, month or day, whichever makes a histogram that can be read at a glance. */

export interface Bar {
  readonly label: string;
  readonly documents: number;
}

const MOST_BARS = 24;
/** As many characters of an ISO date as name the year, the month, the day. */
const UNITS = [10, 7, 4] as const;

/** From the first to the last unit, also those without documents. `times`: ISO 8601, sorted. */
export function timeHistogram(times: readonly string[]): Bar[] {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return [];
  const unit = UNITS.find((length) => unitsBetween(first, last, length) <= MOST_BARS) ?? 4;
  const counts = new Map<string, number>();
  for (const time of times) counts.set(time.slice(0, unit), (counts.get(time.slice(0, unit)) ?? 0) + 1);
  if (unitsBetween(first, last, unit) > 200) return bars([...counts.keys()].sort(), counts);
  return bars(labels(first.slice(0, unit), last.slice(0, unit)), counts);
}

function bars(names: readonly string[], counts: ReadonlyMap<string, number>): Bar[] {
  return names.map((label) => ({ label, documents: counts.get(label) ?? 0 }));
}

function unitsBetween(first: string, last: string, unit: number): number {
  const days = (Date.parse(last.slice(0, 10)) - Date.parse(first.slice(0, 10))) / 86_400_000;
  return Math.floor(unit === 10 ? days : unit === 7 ? days / 30.4 : days / 365.25) + 1;
}

function labels(first: string, last: string): string[] {
  const found = [first];
  for (let label = first; label < last; found.push(label)) label = following(label);
  return found;
}

/** `2023` → `2024`, `2023-12` → `2024-01`, `2023-12-31` → `2024-01-01` */
function following(label: string): string {
  const date = new Date(`${label.padEnd(10, '-01').slice(0, 10)}T00:00:00Z`);
  if (label.length === 4) date.setUTCFullYear(date.getUTCFullYear() + 1);
  else if (label.length === 7) date.setUTCMonth(date.getUTCMonth() + 1);
  else date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, label.length);
}
