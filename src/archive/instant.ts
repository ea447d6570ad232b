/** Moments as exports write them, as ISO 8601 in UTC; null for what is none, or lies where no message can. */

const EARLIEST = Date.UTC(1980, 0);
const LATEST = Date.UTC(2100, 0);

export function fromMilliseconds(value: unknown): string | null {
  const milliseconds = typeof value === 'string' && /^\d{1,17}$/.test(value) ? Number(value) : value;
  if (typeof milliseconds !== 'number') return null;
  return milliseconds > EARLIEST && milliseconds < LATEST ? new Date(Math.floor(milliseconds)).toISOString() : null;
}

export function fromSeconds(value: unknown): string | null {
  const seconds = typeof value === 'string' && /^\d{1,14}$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' ? fromMilliseconds(seconds * 1000) : null;
}

export function fromMicroseconds(value: unknown): string | null {
  const microseconds = typeof value === 'string' && /^\d{1,20}$/.test(value) ? Number(value) : value;
  return typeof microseconds === 'number' ? fromMilliseconds(microseconds / 1000) : null;
}

const NAIVE = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?$/;

/** `2021-10-13 15:35:46` with nothing about its zone, taken as UTC: the same on every machine, at most some hours wrong. */
export function fromNaive(value: unknown): string | null {
  const parts = typeof value === 'string' ? NAIVE.exec(value.trim()) : null;
  if (!parts) return null;
  const [, year, month, day, hour, minute, second = '0', fraction = ''] = parts;
  return fromParts({ year, month, day, hour, minute, second, milliseconds: fraction.padEnd(3, '0').slice(0, 3) });
}

interface Parts {
  readonly year: string | number | undefined;
  readonly month: string | number | undefined;
  readonly day: string | number | undefined;
  readonly hour: string | number | undefined;
  readonly minute: string | number | undefined;
  readonly second?: string | number | undefined;
  readonly milliseconds?: string | number | undefined;
}

/** Null unless each part is what the calendar allows: no 31st of June, no 25 o'clock. */
export function fromParts({ year, month, day, hour, minute, second = 0, milliseconds = 0 }: Parts): string | null {
  const [y = Number.NaN, mo = 0, d = 0, h = 0, mi = 0, s = 0] = [year, month, day, hour, minute, second].map(Number);
  const date = new Date(Date.UTC(y, mo - 1, d, h, mi, s, Number(milliseconds)));
  const isReal = date.getUTCMonth() === mo - 1 && date.getUTCDate() === d && h < 24 && mi < 60 && s < 60;
  return isReal ? fromMilliseconds(date.getTime()) : null;
}

/** With its zone (`Z`, `+00:00`, `+0200`), ISO 8601 or with a space for the T. */
export function fromZoned(value: unknown): string | null {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/.test(value)) return null;
  return fromMilliseconds(Date.parse(value.replace(' ', 'T')));
}
