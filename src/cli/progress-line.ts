/** How far a long read is: one line that is drawn over on a terminal, a line now and then elsewhere. */
import { stripVTControlCharacters } from 'node:util';

export interface Reading {
  readonly bytesRead: number;
  readonly bytes: number;
  /** Of `bytesRead`, what an earlier run had read: it counts nothing for the rate. */
  readonly bytesBefore?: number;
  readonly posts?: number;
  /** Since the start. */
  readonly milliseconds: number;
}

/** `takeout.zip, gmail: 1.2 of 4.5 GB, 42 MB/s, 1:20 left, 12,345 posts`. The time left is that for all there is, so rather too long. */
export function progressLine(label: string, reading: Reading): string {
  const { bytesRead, bytes, bytesBefore = 0, posts, milliseconds } = reading;
  const rate = (bytesRead - bytesBefore) / Math.max(milliseconds, 1); // bytes per millisecond
  const left = rate > 0 && milliseconds > 2000 ? `, ${clock((bytes - bytesRead) / rate)} left` : '';
  return `${label}: ${inUnits(bytesRead, bytes)} of ${inUnits(bytes)}, ${((rate * 1000) / 2 ** 20).toFixed(1)} MB/s${left}${posts === undefined ? '' : `, ${posts.toLocaleString('en')} posts`}`;
}

export interface ProgressReport {
  report(reading: Omit<Reading, 'milliseconds'>): void;
  /** Before anything else is written. */
  clear(): void;
}

const TERMINAL_MS = 100;
const PLAIN_MS = 10_000;

/** Written at most so often, however often it is told of. `isLast` is shown on a terminal at once. */
export function seldomLine(stream: NodeJS.WriteStream) {
  let last = stream.isTTY ? Number.NEGATIVE_INFINITY : performance.now();
  return {
    tell(line: () => string, { isLast = false } = {}): void {
      const now = performance.now();
      if (now - last < (stream.isTTY ? TERMINAL_MS : PLAIN_MS) && !(isLast && stream.isTTY)) return;
      last = now;
      const text = stripVTControlCharacters(line());
      stream.write(stream.isTTY ? `\r\x1b[K${text.slice(0, (stream.columns || 80) - 1)}` : `${text}\n`);
    },
    /** Before anything else is written. */
    clear(): void {
      if (stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}

export function progressOn(stream: NodeJS.WriteStream, label: string): ProgressReport {
  const start = performance.now();
  const { tell, clear } = seldomLine(stream);
  return {
    report: (reading) => tell(() => progressLine(label, { ...reading, milliseconds: performance.now() - start })),
    clear,
  };
}

/** `4:05`, `1:20:00` */
export function clock(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** In the unit that fits `like`; with the unit only where there is nothing to compare with. */
export function inUnits(bytes: number, like?: number): string {
  const size = like ?? bytes;
  const [unit, factor] = size >= 1e9 ? ['GB', 1e9] : size >= 1e6 ? ['MB', 1e6] : ['kB', 1e3];
  const number = (bytes / Number(factor)).toFixed(size >= 1e6 ? 1 : 0);
  return like === undefined ? `${number} ${unit}` : number;
}
