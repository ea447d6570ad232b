/** Drafts that repeat what is to be forgotten: those waiting expire, those published are named. */
import { plainWords } from '../archive/forgotten.ts';
import { type Draft, listDrafts } from '../queue/draft.ts';
import { move } from '../queue/status.ts';
import { CopyIndex, SHORTEST_PASSAGE } from '../scoring/copy-index.ts';
import { type Store, transaction } from '../store/store.ts';

export interface Copies {
  readonly drafts: readonly number[];
  readonly published: readonly string[];
}

const REASON = 'it repeats a post that you want forgotten';

export async function expireCopies(
  store: Store,
  persona: string,
  texts: readonly string[],
  now: Date,
): Promise<Copies> {
  const index = new CopyIndex(texts);
  const words = new Set(texts.map(plainWords));
  const isCopy = (text: string | null) =>
    text !== null &&
    (words.has(plainWords(text)) || (index.overlap(text).longest?.quote.length ?? 0) >= SHORTEST_PASSAGE);
  const copies = (await listDrafts(store, { persona })).filter((draft) =>
    draft.status === 'published' ? isCopy(draft.text) : offers(draft).some(isCopy),
  );

  const expired: number[] = [];
  for (const { id, status } of copies) {
    const patch = { reason: REASON, decided_at: now.toISOString() };
    const isGone = await transaction(store, async (inside) => {
      if (status === 'approved' && !(await move(inside, id, { from: 'approved', to: 'pending' }))) return false;
      if (status !== 'approved' && status !== 'pending') return false;
      return move(inside, id, { from: 'pending', to: 'expired' }, patch);
    });
    if (isGone) expired.push(id);
  }
  const published = copies.flatMap(({ status, url }) => (status === 'published' && url !== null ? [url] : []));
  return { drafts: expired, published };
}

function offers({ text, candidates }: Draft): (string | null)[] {
  return [text, ...candidates.map((candidate) => candidate.text)];
}
