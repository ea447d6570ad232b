/** How fast exports are read and how much memory that takes: `node bench/archive.ts [MEGABYTES] [CASE…]`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Case, MAKERS, makeExport } from './archive/synthetic-exports.ts';
import { row } from './example-home.ts';

/** What is read whole must fit a string. */
const MOST_WHOLE = 400; // MB
/** Of reading, from the export to posts. */
const SPEEDS: Readonly<Record<Case, string>> = {
  mbox: '40 MB/s',
  wxr: '40 MB/s',
  'tweets in a zip': '20 MB/s',
  'messages in a zip': '20 MB/s',
};
/** Of all that `archive add` does. */
const MEMORY = '300 MB';

interface Measured {
  readonly posts: number;
  readonly milliseconds: number;
  readonly cpuMs: number;
  readonly peakMB: number;
}

const [megabytes = 50, ...names] = [Number(process.argv[2] ?? 50), ...process.argv.slice(3)];
const cases = (Object.keys(MAKERS) as Case[]).filter((name) => names.length === 0 || names.includes(name));
const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-bench-'));

row('export', 'MB', 'by', 'posts', 'MB/s', 'MB per CPU second', 'peak resident', 'bound');
row('---', '---', '---', '---', '---', '---', '---', '---');
try {
  for (const name of cases) {
    const file = await makeExport(name, folder, megabytes * 1e6);
    for (const how of waysOf(name)) {
      const { posts, milliseconds, cpuMs, peakMB } = measure(how, name, file);
      const perSecond = (ms: number) => ((megabytes / ms) * 1000).toFixed(1);
      row(
        name,
        megabytes,
        how,
        posts,
        perSecond(milliseconds),
        perSecond(cpuMs),
        `${peakMB.toFixed(0)} MB`,
        { import: MEMORY, read: SPEEDS[name], library: '', whole: '' }[how],
      );
    }
    rmSync(file);
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Mails are read whole by their library too. */
function waysOf(name: Case): readonly ('import' | 'read' | 'library' | 'whole')[] {
  if (megabytes > MOST_WHOLE) return name === 'mbox' ? ['import', 'read'] : ['import', 'read', 'library'];
  return MAKERS[name].entry === undefined ? ['import', 'read', 'library'] : ['import', 'read', 'library', 'whole'];
}

/** In a process of its own: its peak is then its own too. */
function measure(how: string, name: Case, file: string): Measured {
  const script = path.join(import.meta.dirname, 'archive', 'read-export.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, how, name, file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${how} of ${name} failed: ${stderr}`);
  return JSON.parse(stdout);
}
