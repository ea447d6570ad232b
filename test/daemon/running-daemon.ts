/** `eidolon start` as a process of its own, and what it logs as a story to wait for. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly persona?: string;
  readonly job?: string;
  readonly draft?: number;
  readonly pid?: number;
  readonly outcome?: string;
  readonly url?: string;
}

export interface RunningDaemon extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly lines: readonly LogLine[];
  /** Resolves with the first line, also an earlier one, of which `claim` is true; rejects when the daemon ends before. */
  logged(claim: (line: LogLine) => boolean): Promise<LogLine>;
  /** Resolves when it has ended, with how and after how many ms. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }>;
}

/** What is this user's, not this home's, is in the home too, unless another state folder is named for several. */
export function runDaemon(home: string, ...options: readonly string[]): RunningDaemon {
  return runDaemonOf(path.join(home, 'state'), home, ...options);
}

export function runDaemonOf(state: string, home: string, ...options: readonly string[]): RunningDaemon {
  const child = spawn(process.execPath, [BIN, 'start', ...options], {
    cwd: home,
    env: { ...process.env, EIDOLON_HOME: home, XDG_STATE_HOME: state, EIDOLON_LOG_LEVEL: 'trace' },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const lines: LogLine[] = [];
  const others: string[] = [];
  const waiting = new Set<() => void>();
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  createInterface(child.stderr).on('line', (text) => {
    if (text.startsWith('{')) lines.push(JSON.parse(text));
    else others.push(text);
    for (const look of waiting) look();
  });

  return {
    process: child,
    lines,

    logged(claim) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find(claim);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`It ended before: ${others.join('\n')}${JSON.stringify(lines)}`)));
      });
    },

    async end(signal) {
      const start = performance.now();
      child.kill(signal);
      return { ...(await ended), ms: performance.now() - start };
    },

    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
