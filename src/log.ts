import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type DestinationStream, destination, type Logger, multistream, pino, type StreamEntry } from 'pino';
import pretty from 'pino-pretty';
import { UserError } from './errors.ts';

export type Log = Logger;

export interface LogOptions {
  readonly level?: string;
  /** JSON lines, or lines for a person; the latter where stderr is a terminal. */
  readonly json?: boolean;
  /** Where to write JSON lines as well, such as data/logs/eidolon.log. */
  readonly file?: string;
}

/** Logs to stderr, so that stdout holds nothing but answers. Written at once: a killed process has said all it had to say. */
export function createLog({ level = 'info', json = !process.stderr.isTTY, file }: LogOptions = {}): Log {
  const stderr = json
    ? destination({ dest: 2, sync: true })
    : pretty({
        destination: 2,
        sync: true,
        singleLine: true,
        translateTime: 'SYS:HH:MM:ss',
        messageFormat: '{if persona}{persona}: {end}{msg}',
        ignore: 'persona',
      });
  const streams: StreamEntry<string>[] = [{ level: 'trace' as const, stream: stderr }];
  if (file !== undefined) streams.push({ level: 'trace' as const, stream: openFile(file) });
  return pino({ level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }, multistream(streams));
}

function openFile(file: string): DestinationStream {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    return destination({ dest: file, sync: true, mode: 0o600 }); // it may quote drafts, which are the owner's alone
  } catch (cause) {
    throw new UserError(`${file}: expected a log that can be written, found ${cause}`, {
      hint: 'Make its folder writable, or set EIDOLON_HOME to another one',
      cause,
    });
  }
}
