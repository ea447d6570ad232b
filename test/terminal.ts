/** A real terminal for tests: a pseudo-terminal with a program in it, and the screen that a person would see. */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Exit {
  readonly exitCode: number;
  readonly signal?: number | undefined;
}

/** Far more than anything takes: it only ends a test that would hang. */
const LONGEST_MS = 120_000;

export class Terminal {
  readonly emulator: xterm.Terminal;
  readonly exit: Promise<Exit>;
  readonly #pty: IPty;
  readonly #watchers = new Set<() => void>();
  #typed = Promise.resolve();

  constructor(argv: readonly [string, ...string[]], options: TerminalOptions = {}) {
    const { columns: cols = 80, rows = 24, env = {}, cwd } = options;
    const [program, ...rest] = argv;
    this.emulator = new xterm.Terminal({ cols, rows, allowProposedApi: true });
    this.#pty = spawn(program, rest, {
      name: 'xterm-256color',
      cols,
      rows,
      cwd: cwd ?? process.cwd(),
      env: { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
    });
    this.#pty.onData((data) => this.emulator.write(data, () => this.#look()));
    this.exit = new Promise((resolve) => {
      // The last output may still be on its way through the emulator.
      this.#pty.onExit((exit) => this.emulator.write('', () => resolve(exit)));
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** What is on the screen, without the spaces at the ends of lines. */
  get screen(): string {
    const { active } = this.emulator.buffer;
    const lines = Array.from({ length: this.emulator.rows }, (_, y) =>
      (active.getLine(active.baseY + y)?.translateToString(true, 0, this.emulator.cols) ?? '').trimEnd(),
    );
    return lines.join('\n');
  }

  /** In order, and as fast as the program takes it: meanwhile what the program draws is read, since it waits for that. */
  type(keys: string): void {
    this.#typed = this.#typed.then(() => this.#write(Buffer.from(keys)));
  }

  resize(columns: number, rows: number): void {
    this.emulator.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  kill(signal: NodeJS.Signals): void {
    this.#pty.kill(signal);
  }

  /** Resolves with the screen as soon as it matches. */
  async shows(expected: RegExp): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const watcher = () => {
      if (expected.test(this.screen)) resolve(this.screen);
    };
    const fail = (what: string) => {
      reject(new Error(`${what}: expected ${expected} on the screen, found\n${this.screen}`));
      this.#pty.kill('SIGKILL'); // a program that is left running keeps the test's process alive
    };
    const timer = setTimeout(() => fail('Waited too long'), LONGEST_MS);
    this.#watchers.add(watcher);
    this.exit.then(({ exitCode }) => {
      watcher();
      fail(`The program ended with ${exitCode}`);
    });
    watcher();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      try {
        written += writeSync((this.#pty as IPty & { readonly fd: number }).fd, bytes, written);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EIO' || code === 'EBADF') return; // the program has ended
        if (code !== 'EAGAIN') throw error;
        await sleep(1);
      }
    }
  }

  /** A screen that is half drawn shows what never was. */
  #look(): void {
    if (this.emulator.modes.synchronizedOutputMode) return;
    for (const watcher of this.#watchers) watcher();
  }
}
