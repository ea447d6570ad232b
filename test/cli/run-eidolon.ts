/** The command as a process of its own, while this one goes on serving it. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';

export const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly home: string;
  /** What it finds on stdin; `answer` is told each line of stdout, and may answer with a line. */
  readonly input?: string;
  readonly answer?: (line: string) => string | undefined | Promise<string | undefined>;
  readonly env?: Readonly<Record<string, string>>;
}

export async function runEidolon(argv: readonly string[], { home, input, answer, env = {} }: RunOptions): Promise<Ran> {
  const child = spawn(process.execPath, [BIN, ...argv], {
    env: { ...process.env, EIDOLON_HOME: home, ...env },
    stdio: 'pipe',
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const errors = text(child.stderr);
  child.stdin.on('error', () => {}); // it may have ended without reading on
  if (answer === undefined) child.stdin.end(input ?? '');
  let stdout = '';
  let rest = '';
  for await (const piece of child.stdout.setEncoding('utf8')) {
    stdout += piece;
    rest += piece;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const said = await answer?.(rest.slice(0, end));
      if (said !== undefined) child.stdin.write(`${said}\n`);
      rest = rest.slice(end + 1);
    }
  }
  child.stdin.end();
  return { status: await ended, stdout, stderr: await errors };
}
