import { readdirSync, readFileSync } from 'node:fs';

/** Of a process and of all that it started (Linux: /proc). */
export function residentMegabytes(pid: number): number {
  const children = parents().flatMap(([child, parent]) => (parent === pid ? [child] : []));
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(readProc(pid, 'status'))?.[1] ?? 0);
  return kilobytes / 1024 + children.reduce((sum, child) => sum + residentMegabytes(child), 0);
}

function parents(): readonly (readonly [child: number, parent: number])[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => [Number(pid), Number(/^PPid:\s+(\d+)/m.exec(readProc(Number(pid), 'status'))?.[1])]);
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has ended meanwhile
  }
}
