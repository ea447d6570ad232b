/** Moments spelled out in the reader's language: `Sunday, November 18, 2018 at 6:02:21 PM UTC`. */
import { halfOf } from './half-day.ts';
import { fromParts } from './instant.ts';

/**
 * As ISO 8601, of a moment said to be in UTC. Null where the language is not known, or what it says could be two months:
 * `listopada` is November in Polish and October in Croatian.
 */
export function fromSpelled(text: string): string | null {
  // Google put U+202F before PM in 2023, and a plain space before that.
  const plain = text
    .slice(0, 200)
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .toLowerCase();
  if (!/\b(?:utc|gmt)\b/.test(plain.replace(/\p{L}+(?=utc)/gu, '$& '))) return null;
  const clock = /(\d{1,2})[:.](\d{2})[:.](\d{2})/.exec(plain);
  if (!clock) return null;
  const half =
    halfOf(/^ ?(\D{1,8}?) ?(?:utc|gmt|$)/.exec(plain.slice(clock.index + clock[0].length))?.[1] ?? '') ??
    halfOf(/(\p{L}+) ?$/u.exec(plain.slice(0, clock.index))?.[1] ?? '');
  const date = dateOf(plain.replace(clock[0], ' '));
  const hour = Number(clock[1]);
  if (!date) return null;
  return fromParts({
    ...date,
    hour: half ? (hour % 12) + (half === 'after noon' ? 12 : 0) : hour,
    minute: clock[2],
    second: clock[3],
  });
}

interface CalendarDate {
  readonly year: string | undefined;
  readonly month: string | number | undefined;
  readonly day: string | undefined;
}

function dateOf(text: string): CalendarDate | null {
  const numeric = /(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]/.exec(text);
  if (numeric) return { year: numeric[1], month: numeric[2], day: numeric[3] };
  const numbers = text.match(/\d+/g) ?? [];
  const years = numbers.filter((number) => number.length === 4);
  const days = numbers.filter((number) => number.length <= 2);
  const months = new Set(
    (text.match(/\p{L}[\p{L}\p{M}]*/gu) ?? []).map((word) => MONTHS.get(word)).filter((month) => month !== undefined),
  );
  if (years.length !== 1 || days.length !== 1 || months.size !== 1) return null;
  return { year: years[0], month: [...months][0], day: days[0] };
}

const LANGUAGES = 'en de fr es pt it nl sv da nb fi pl cs sk hu ro tr ru uk bg el id vi hr sr ca he hi'.split(' ');

/** Names of months as they stand in dates, long and short, without those that mean different months. */
const MONTHS: ReadonlyMap<string, number> = monthNames();

function monthNames(): Map<string, number> {
  const months = new Map<string, number | null>();
  for (const language of LANGUAGES) {
    for (const style of ['long', 'short'] as const) {
      const format = new Intl.DateTimeFormat(language, {
        day: 'numeric',
        month: style,
        year: 'numeric',
        timeZone: 'UTC',
      });
      for (let month = 1; month <= 12; month++) {
        const parts = format.formatToParts(Date.UTC(2018, month - 1, 15));
        const name =
          parts
            .find(({ type }) => type === 'month')
            ?.value.toLowerCase()
            .replace(/\./g, '') ?? '';
        if (!/^\p{L}[\p{L}\p{M}]*$/u.test(name)) continue;
        const known = months.get(name);
        months.set(name, known === undefined || known === month ? month : null);
      }
    }
  }
  return new Map([...months].filter((entry): entry is [string, number] => entry[1] !== null));
}
