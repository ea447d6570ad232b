/** Asks at the terminal who the person is in an export that does not say. */
import { createInterface } from 'node:readline/promises';
import { UserError } from '../errors.ts';

/** Numbers stand for `suggestions`; anything else is a name, address or id. */
export async function askWhose(name: string, suggestions: readonly string[]): Promise<string[]> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  terminal.once('close', () => closed.abort());
  try {
    console.error(`${name} does not say whose it is. Who are you in it?`);
    for (const [index, suggestion] of suggestions.entries()) console.error(`  ${index + 1}  ${suggestion}`);
    const question = suggestions.length > 0 ? 'Number, or names with commas between: ' : 'Names with commas between: ';
    const chosen = chosenAmong(await terminal.question(question, { signal: closed.signal }), suggestions);
    if (chosen.length > 0) return chosen;
    throw new UserError(`${name}: expected a name, found none`, { hint: 'Say it with --me NAME' });
  } catch (cause) {
    if (!closed.signal.aborted) throw cause;
    throw new UserError(`${name}: the question was left`, { hint: 'Say who you are with --me NAME', cause });
  } finally {
    terminal.close();
  }
}

/** A suggestion such as `Ada (user12)` stands for its id. */
export function chosenAmong(answer: string, suggestions: readonly string[]): string[] {
  return answer
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (/^\d$/.test(part) ? (suggestions[Number(part) - 1] ?? part) : part))
    .map((part) => /\(([^()]+)\)$/.exec(part)?.[1] ?? part);
}
