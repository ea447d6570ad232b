/** The whole terminal for one command: keys one by one, a screen of its own, and everything as it was afterwards. Knows nothing of what is shown. */
import { emitKeypressEvents, type Key as ReadlineKey } from 'node:readline';
import { UserError } from '../errors.ts';
import type { Key } from '../review/keys.ts';

export interface TerminalListeners {
  readonly onKey: (key: Key) => void;
  readonly onResize: () => void;
  /** The terminal is gone, or the process is asked to end. */
  readonly onEnd: () => void;
}

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  draw(lines: readonly string[]): void;
  /** Lends the terminal to another program. */
  lend<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?2004h'; // a screen of its own, no cursor, pasted text marked as such
const LEAVE = '\x1b[?2004l\x1b[?25h\x1b[?1049l';
/** A signal may take a moment to stop every thread. */
const STOPPING_MS = 50;

/** Between these a terminal shows nothing, so that no screen is seen half drawn; one that does not know them ignores them. */
const BEGIN_DRAWING = '\x1b[?2026h';
const END_DRAWING = '\x1b[?2026l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** @throws UserError where stdin or stdout is not a terminal; `instead` says what programs use. */
export function refuseWithoutTerminal(command: string, instead: string): void {
  if (process.stdin.isTTY && process.stdout.isTTY) return;
  throw new UserError(`${command} expected a terminal, found none`, { hint: `Programs use: ${instead}` });
}

export function openTerminal(listeners: TerminalListeners): Terminal {
  const { stdin, stdout } = process;
  const toKey = keyReader();
  const onKeypress = (character: string | undefined, key: ReadlineKey) => {
    if (key.ctrl && key.name === 'z' && process.platform !== 'win32') stop();
    else listeners.onKey(toKey(character, key));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let isLent = false;

  function enter(): void {
    stdin.setRawMode(true);
    stdin.resume();
    stdout.write(ENTER);
  }
  function leave(): void {
    stdout.write(LEAVE);
    stdin.setRawMode(false);
    stdin.pause();
  }
  /** Ctrl-Z stops the whole job, npx included; what comes after it runs when the shell's `fg` has continued the job. */
  function stop(): void {
    leave();
    process.kill(0, 'SIGTSTP');
    setTimeout(() => {
      enter();
      listeners.onResize();
    }, STOPPING_MS);
  }
  const onSignal = () => {
    if (!isLent) listeners.onEnd(); // Ctrl-C in the editor reaches this process too
  };

  emitKeypressEvents(stdin);
  stdin.on('keypress', onKeypress);
  stdin.on('end', listeners.onEnd);
  stdout.on('resize', listeners.onResize);
  for (const signal of signals) process.on(signal, onSignal);
  process.on('exit', leave); // also when a bug ends the process
  enter();

  return {
    get columns() {
      return stdout.columns || 80;
    },
    get rows() {
      return stdout.rows || 24;
    },
    draw(lines) {
      if (isLent) return;
      const drawn = lines.map((line) => line + CLEAR_LINE).join('\r\n');
      stdout.write(BEGIN_DRAWING + HOME + drawn + CLEAR_BELOW + END_DRAWING);
    },
    async lend(work) {
      leave();
      isLent = true;
      try {
        return await work();
      } finally {
        isLent = false;
        enter();
      }
    },
    close() {
      process.off('exit', leave);
      leave();
      stdin.off('keypress', onKeypress);
      stdin.off('end', listeners.onEnd);
      stdout.off('resize', listeners.onResize);
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

/** Pasted characters are text for an input line and never commands: each arrives as a key named `paste`, line ends among them. */
function keyReader() {
  let isPasting = false;
  return (character: string | undefined, { name, ctrl, meta }: ReadlineKey): Key => {
    const atMs = performance.now();
    if (name === 'paste-start' || name === 'paste-end') {
      isPasting = name === 'paste-start';
      return { name: 'paste', atMs };
    }
    const isText = character !== undefined && !ctrl && !meta && !/\p{Cc}/u.test(character);
    const typed = isText ? { character } : {};
    if (isPasting && (name === 'return' || name === 'enter')) return { name: 'paste', character: '\n', atMs };
    if (isPasting) return { name: 'paste', ...typed, atMs };
    if (meta && name !== 'escape') return { name: `meta-${name}`, atMs };
    return { name: ctrl ? `ctrl-${name}` : (name ?? character ?? ''), ...typed, atMs };
  };
}
