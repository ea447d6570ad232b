/** Asks a person at the terminal or a program on stdin, one line an answer. What is secret is not shown as it is typed. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UserError } from '../errors.ts';

export interface Asker extends Disposable {
  /** Whether a person is there to be asked for more than what is needed. */
  readonly isTerminal: boolean;
  /** Aborted when they leave: Ctrl-C, Ctrl-D. */
  readonly signal: AbortSignal;
  say(line: string): void;
  ask(question: string, usual?: string): Promise<string>;
  /** Without what stands around it; empty where nothing was typed. */
  askSecret(question: string): Promise<string>;
}

export interface AskerOptions {
  /** Writes for programs: `{ "asks": … }` for each answer that is waited for, `{ "says": … }` for the rest. */
  readonly json: boolean;
}

export function openAsker({ json }: AskerOptions): Asker {
  return process.stdin.isTTY && process.stderr.isTTY && !json ? atTerminal() : onStdin(json);
}

function left(): UserError {
  return new UserError('Nothing was changed: the questions were left', { hint: 'Begin again when you like' });
}

function atTerminal(): Asker {
  const controller = new AbortController();
  let isHidden = true;
  const shown = new Writable({
    write(chunk, _encoding, done) {
      if (!isHidden) process.stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: shown, terminal: true });
  lines.once('close', () => controller.abort());
  const { signal } = controller;

  async function answer(question: string): Promise<string> {
    try {
      return (await lines.question(question, { signal })).trim();
    } catch (error) {
      if (!signal.aborted) throw error;
      process.stderr.write('\n');
      throw left();
    }
  }

  return {
    isTerminal: true,
    signal,
    say: (line) => console.error(line),
    async ask(question, usual = '') {
      isHidden = false;
      try {
        return (await answer(`${question}${usual === '' ? '' : ` [${usual}]`}: `)) || usual;
      } finally {
        isHidden = true;
      }
    },
    async askSecret(question) {
      process.stderr.write(`${question} (not shown): `);
      const said = await answer('');
      process.stderr.write('\n');
      return said;
    },
    [Symbol.dispose]: () => lines.close(),
  };
}

function onStdin(json: boolean): Asker {
  const controller = new AbortController();
  const lines = createInterface({ input: process.stdin, terminal: false });
  const waiting = lines[Symbol.asyncIterator]();
  const write = (document: object, text: string) => {
    if (json) console.log(JSON.stringify(document));
    else console.error(text);
  };
  const ask = async (question: string) => {
    write({ asks: question }, `${question}:`);
    const { value, done } = await waiting.next();
    if (!done) return String(value).trim();
    throw new UserError(`${question}: expected a line on stdin, found its end`, {
      hint: 'One line an answer, in the order of the questions; nothing was changed',
    });
  };
  return {
    isTerminal: false,
    signal: controller.signal,
    say: (line) => write({ says: line }, line),
    ask: async (question, usual = '') => (await ask(question)) || usual,
    askSecret: ask,
    [Symbol.dispose]: () => lines.close(),
  };
}
