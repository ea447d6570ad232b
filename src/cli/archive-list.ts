import stringWidth from 'string-width';
import { readArchives } from '../archive/list-archives.ts';
import { printable, shortened } from '../review/printable.ts';
import { table } from './table.ts';
import { withStore } from './with-store.ts';

export async function listArchives(persona: string | undefined, { json }: { readonly json?: true }): Promise<void> {
  await withStore(async (store) => {
    const archives = await readArchives(store, { persona });
    if (json) {
      console.log(JSON.stringify(archives, null, 2));
      return;
    }
    if (archives.length === 0) {
      console.log('No archives. eidolon archive add reads them.');
      return;
    }
    const day = (time: string | null) => time?.slice(0, 10) ?? '?';
    const rows = archives.map((archive) => [
      archive.persona,
      archive.corpus,
      archive.format,
      printable(archive.name, { oneLine: true }),
      archive.mine.toLocaleString('en'),
      (archive.posts - archive.mine).toLocaleString('en'),
      archive.from === null ? '' : `${day(archive.from)} to ${day(archive.to)}`,
      archive.isFinished ? day(archive.importedAt) : 'not to its end',
    ]);
    const headings = ['persona', 'corpus', 'format', 'file', 'mine', 'context', 'written', 'read'];
    console.log(table(fitted([headings, ...rows], process.stdout.columns)));
  });
}

const FILE = 3;
const SHORTEST_FILE = 12;

/** On a terminal that is too narrow, names of files are what is cut. */
function fitted(rows: readonly (readonly string[])[], columns: number | undefined): readonly (readonly string[])[] {
  const widest = Math.max(
    ...table(rows)
      .split('\n')
      .map((line) => stringWidth(line)),
  );
  const longest = Math.max(...rows.map((row) => stringWidth(row[FILE] ?? '')));
  if (columns === undefined || widest <= columns) return rows;
  const most = Math.max(SHORTEST_FILE, longest - (widest - columns));
  return rows.map((row) => row.with(FILE, shortened(row[FILE] ?? '', most)));
}
