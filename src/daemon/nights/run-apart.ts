/** A command of Eidolon in a process of its own, which gives way to all else on the machine. Knows nothing of what it does. */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { environmentIn } from '../../environment.ts';
import { UserError } from '../../errors.ts';

export interface Apart {
  readonly home: string;
  /** What stands after `eidolon`. */
  readonly argv: readonly string[];
  /** Variables that the process is to have beside ours. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Asks it to end; it then does what is left to do and ends by itself. */
  readonly signal: AbortSignal;
  readonly onStart?: (pid: number) => void;
  /** Of its standard output. */
  readonly onLine: (line: string) => void;
}

/** Long enough for the largest step, a look and a checkpoint; what does not end by then is killed. */
const LONGEST_END_MS = 10 * 60_000;
/** Of what it says on standard error. */
const KEPT_LINES = 30;

/**
 * Resolves when the process has ended well, also where it was asked to. It ends when this thread does, however that ends: the
 * channel between them closes then.
 * @throws UserError with what the command said, where it ended with code 1, and where it was killed.
 */
export async function runApart({ home, argv, variables, signal, onStart, onLine }: Apart): Promise<void> {
  const child = fork(commandFile(), argv, {
    env: { ...environmentIn(home), ...variables },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const said: string[] = [];
  const reading = [
    linesOf(child.stdout!, onLine),
    linesOf(child.stderr!, (line) => {
      said.push(line);
      if (said.length > KEPT_LINES) said.shift();
    }),
  ];
  let late: NodeJS.Timeout | undefined;
  const end = () => {
    if (child.connected) child.disconnect();
    late ??= setTimeout(() => child.kill('SIGKILL'), LONGEST_END_MS);
  };
  const ended = new Promise<{ code: number | null; by: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, by) => resolve({ code, by }));
  });
  try {
    if (child.pid !== undefined) {
      setPriority(child.pid, constants.priority.PRIORITY_LOW); // before it has threads, which take theirs from it
      onStart?.(child.pid);
    }
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    const { code, by } = await ended;
    await Promise.all(reading);
    const endedAsAsked = signal.aborted && by === 'SIGTERM'; // in the middle of something that it does anew the next time
    if (code !== 0 && !endedAsAsked) throw failure(argv, child.pid, { code, by }, said);
  } finally {
    signal.removeEventListener('abort', end);
    clearTimeout(late);
  }
}

async function linesOf(stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) onLine(line);
}

function failure(
  argv: readonly string[],
  pid: number | undefined,
  { code, by }: { readonly code: number | null; readonly by: NodeJS.Signals | null },
  said: readonly string[],
): Error {
  const lines = said.map((line) => stripVTControlCharacters(line));
  if (by !== null) {
    return new UserError(`eidolon ${argv.join(' ')}: process ${pid} was ended from outside (${by})`, {
      hint: 'Where memory ran out, the system ends the largest process; what was done until then is kept',
    });
  }
  const at = lines.findLastIndex((line) => line.startsWith('error: '));
  if (code !== 1 || at === -1)
    return new Error([`eidolon ${argv.join(' ')} ended with code ${code}`, ...lines].join('\n'));
  const hint = lines
    .slice(at + 1)
    .join(' ')
    .trim();
  return new UserError(lines[at]!.slice('error: '.length), hint === '' ? {} : { hint });
}

/** In a clone and where it was built. */
function commandFile(): string {
  const places = ['../../../bin/eidolon.js', '../../../../bin/eidolon.js'].map((place) =>
    path.join(import.meta.dirname, place),
  );
  const found = places.find((place) => existsSync(place));
  if (!found) throw new Error(`No eidolon.js at ${places.join(' or ')}`);
  return found;
}
