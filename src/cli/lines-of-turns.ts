/** Turns of a program: one a line on stdin, each answered by a line on stdout. Knows not what they mean. */
import { createInterface } from 'node:readline';
import { UserError, WorldError } from '../errors.ts';

/** One JSON document a line. */
export const tell = (value: object): void => console.log(JSON.stringify(value));

export interface TurnLines {
  readonly signal?: AbortSignal | undefined;
  /** Takes one line and answers it. @throws UserError or WorldError where it was no turn, or none now. */
  take(line: string): Promise<void>;
}

/** Empty lines are passed over. @throws UserError at the end, where a line was no turn; the others were taken. */
export async function takeLines(input: NodeJS.ReadableStream, { signal, take }: TurnLines): Promise<void> {
  let line = 0;
  let failed = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (signal?.aborted) break;
    line++;
    if (text.trim() === '') continue;
    try {
      await take(text);
    } catch (error) {
      if (signal?.aborted) break;
      if (!(error instanceof UserError || error instanceof WorldError)) throw error;
      failed++;
      tell({ error: error.message, line });
    }
  }
  if (failed > 0) {
    throw new UserError(
      `${failed} ${failed === 1 ? 'line was no turn' : 'lines were no turns'}; see "error" in what was told`,
    );
  }
}

/** Work that SIGINT and SIGTERM end: stdin is read no more, and what was asked for is given up. */
export async function untilStopped(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort();
    process.stdin.destroy();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    await work(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}
