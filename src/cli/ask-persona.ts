/** Asks at the terminal for what `eidolon persona new` was not told. */
import { createInterface } from 'node:readline/promises';
import { UserError } from '../errors.ts';
import type { Answers } from '../persona/new-persona.ts';

export type AnswerTexts = Readonly<Record<keyof Answers, string>>;

const QUESTIONS = {
  name: 'Its name, in small letters, digits and hyphens',
  model: 'Its model, a folder under models/',
  language: 'The language it writes',
  timezone: 'The time zone it lives in',
  corpusFile: 'A file of its texts to learn from, .jsonl or .txt with an empty line between texts; Enter for none',
} as const satisfies AnswerTexts;

export interface Asking {
  readonly given: Partial<AnswerTexts>;
  /** What Enter means. */
  readonly usual: AnswerTexts;
  /** What is wrong with an answer, if anything. */
  readonly complaint: (answers: AnswerTexts) => string | undefined;
}

/** Every answer: those given, and for the rest what the person at the terminal says. */
export async function askForPersona({ given, usual, complaint }: Asking): Promise<AnswerTexts> {
  const closed = new AbortController();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.once('close', () => closed.abort());
  const { signal } = closed;

  async function ask(answers: AnswerTexts, key: keyof Answers): Promise<AnswerTexts> {
    const offer = usual[key] === '' ? '' : ` [${usual[key]}]`;
    const said = (await terminal.question(`${QUESTIONS[key]}${offer}: `, { signal })).trim();
    const answered = { ...answers, [key]: said || usual[key] };
    const problem = complaint(answered);
    if (problem === undefined) return answered;
    console.error(`  ${problem}`);
    return ask(answers, key);
  }

  try {
    let answers: AnswerTexts = { ...usual, ...given };
    const keys = ['name', 'model', 'language', 'timezone', 'corpusFile'] as const;
    for (const key of keys.filter((key) => given[key] === undefined)) answers = await ask(answers, key);
    return answers;
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new UserError('Nothing was made: the questions were left', { hint: 'eidolon persona new --help', cause });
  } finally {
    terminal.close();
  }
}
