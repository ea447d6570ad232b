import { readArchives } from '../archive/list-archives.ts';
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
      archive.name,
      archive.mine.toLocaleString('en'),
      (archive.posts - archive.mine).toLocaleString('en'),
      archive.from === null ? '' : `${day(archive.from)} to ${day(archive.to)}`,
      archive.isFinished ? day(archive.importedAt) : 'not to its end',
    ]);
    console.log(table([['persona', 'corpus', 'format', 'file', 'mine', 'context', 'written', 'read'], ...rows]));
  });
}
