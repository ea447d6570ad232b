import type { Store } from '../store/store.ts';
import type { Status } from '../store/tables.ts';

/** Out, or on its way: what may be out counts as if it were. */
const OUT_OR_ON_ITS_WAY = ['approved', 'publishing', 'published', 'uncertain'] as const satisfies readonly Status[];

/** What a persona posted, or is about to, newest first: what it writes must not say the same again. */
export async function standingTexts({ db }: Pick<Store, 'db'>, persona: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('drafts')
    .select('text')
    .where('persona', '=', persona)
    .where('status', 'in', OUT_OR_ON_ITS_WAY)
    .where('text', 'is not', null)
    .orderBy('id', 'desc')
    .execute();
  return rows.flatMap(({ text }) => text ?? []);
}
