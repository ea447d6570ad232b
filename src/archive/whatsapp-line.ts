/** How a line of a WhatsApp chat begins: `[31.12.21, 22:05:00] Name: …` on iOS, `12/31/21, 10:05 PM - Name: …` on Android. */
import { halfOf } from './half-day.ts';
import { fromParts } from './instant.ts';

export interface Opening {
  /** The three numbers of the date, in the order of the line. */
  readonly date: readonly [string, string, string];
  readonly separator: string;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly hasHalfDays: boolean;
  /** After the date and the time. */
  readonly rest: string;
}

/** Marks of direction that WhatsApp puts around names, numbers and lines. U+200E before a text means more: see formats/. */
const DIRECTION = '\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff';
const OPENING = new RegExp(
  `^[${DIRECTION}]*\\[?(\\d{1,4})([-/.]) ?(\\d{1,2})\\2 ?(\\d{1,4})\\.?[,.،]?\\s+(\\D{0,12}?)\\s?` +
    `(\\d{1,2})[:.](\\d{2})(?:[:.](\\d{2}))?(?:\\s?([^\\s\\d\\]:,-][^\\d\\]:,-]{0,7}?))?(?:\\]|:|,|\\s[-–])\\s(.*)$`,
  's',
);
/** Longer than any date and time: what stands after it cannot make a line begin. */
const HEADER = 80;

/** The opening of `line`; null where it goes on with the message before. */
export function openingOf(line: string): Opening | null {
  // Dates may be in the digits of the phone's language, and texts stay as they are.
  const header = asciiDigits(line.slice(0, HEADER));
  const match = OPENING.exec(header + line.slice(HEADER));
  if (!match) return null;
  const [, first = '', separator = '', second = '', third = '', before = '', hour, minute, seconds = '0', after = ''] =
    match;
  const half = halfOf(before) ?? halfOf(after);
  const rest = line.slice(line.length - match[10]!.length);
  return {
    date: [first, second, third],
    separator,
    hour: half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'after noon' ? 12 : 0),
    minute: Number(minute),
    second: Number(seconds),
    hasHalfDays: half !== undefined,
    rest,
  };
}

/** Of the scripts whose digits phones write: Arabic, Persian, Devanagari, Bengali. */
function asciiDigits(text: string): string {
  return text.replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef]/g, (digit) =>
    String((digit.charCodeAt(0) - (digit < '\u0900' ? 0 : 6)) & 0xf),
  );
}

export type DateOrder = 'day first' | 'month first' | 'year first';

/** Gathers the openings of a whole chat, as single dates do not tell `3/4` of March from the 3rd of April. */
export class DateOrderVote {
  #yearFirst = 0;
  #dayFirst = 0;
  #monthFirst = 0;
  #backwardsIfDayFirst = 0;
  #backwardsIfMonthFirst = 0;
  #slashesWithHalfDays = 0;
  #lines = 0;
  #previous: Opening | undefined;

  add(opening: Opening): void {
    const [first, second] = opening.date.map(Number) as [number, number, number];
    this.#lines++;
    if (first > 31) this.#yearFirst++;
    else if (first > 12) this.#dayFirst++;
    else if (second > 12) this.#monthFirst++;
    if (opening.separator === '/' && opening.hasHalfDays) this.#slashesWithHalfDays++;
    if (this.#previous) {
      const before = this.#previous;
      if (sortKey(opening, 'day first') < sortKey(before, 'day first')) this.#backwardsIfDayFirst++;
      if (sortKey(opening, 'month first') < sortKey(before, 'month first')) this.#backwardsIfMonthFirst++;
    }
    this.#previous = opening;
  }

  /** What cannot be another way; else what makes the chat go forwards in time; else what the way of writing is used with. */
  result(): DateOrder {
    if (this.#yearFirst > this.#lines / 2) return 'year first';
    if (this.#dayFirst !== this.#monthFirst) return this.#dayFirst > this.#monthFirst ? 'day first' : 'month first';
    if (this.#backwardsIfDayFirst !== this.#backwardsIfMonthFirst) {
      return this.#backwardsIfDayFirst < this.#backwardsIfMonthFirst ? 'day first' : 'month first';
    }
    return this.#slashesWithHalfDays > this.#lines / 2 ? 'month first' : 'day first';
  }
}

function sortKey({ date, hour, minute }: Opening, order: DateOrder): number {
  const [day, month, year] = order === 'day first' ? date : [date[1], date[0], date[2]];
  return (((Number(year) * 12 + Number(month)) * 31 + Number(day)) * 24 + hour) * 60 + minute;
}

/** The phone's own time, whose zone no chat tells, taken as UTC; null where the date is none. */
export function timeOf({ date, hour, minute, second }: Opening, order: DateOrder): string | null {
  const [first, middle, last] = date;
  const [year, month, day] =
    order === 'year first'
      ? [first, middle, last]
      : order === 'day first'
        ? [last, middle, first]
        : [last, first, middle];
  return fromParts({ year: year.length <= 2 ? `20${year.padStart(2, '0')}` : year, month, day, hour, minute, second });
}
