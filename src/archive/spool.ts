/** A folder for what must be unpacked before it can be read: it goes when the export is closed, or when the next one is opened. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

export interface Spool {
  /** The path of a new file; nothing is there yet. */
  file(): string;
  remove(): void;
}

export function openSpool(parent: string): Spool {
  let folder: string | undefined;
  let count = 0;
  return {
    file() {
      folder ??= makeFolder(parent);
      return path.join(folder, String(count++));
    },
    remove() {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      folder = undefined;
    },
  };
}

function makeFolder(parent: string): string {
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const pid = /^spool-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(path.join(parent, name), { recursive: true, force: true });
  }
  return mkdtempSync(path.join(parent, `spool-${process.pid}-`)); // readable by its owner alone
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
