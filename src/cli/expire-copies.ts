/** Drafts that repeat what is to be forgotten: those waiting expire, those published or under way are named. */
import { plainWords } from '../archive/forgotten.ts';
import { postedParts } from '../publishing/attempts.ts';
import { type Draft, getDraft, listDrafts } from '../queue/draft.ts';
import { move } from '../queue/status.ts';
import { CopyIndex, SHORTEST_PASSAGE } from '../scoring/copy-index.ts';
import { type Store, transaction } from '../store/store.ts';
import type { Status } from '../store/tables.ts';

export interface Copies {
  /** Expired now: they waited for a decision or for their time, or had failed. */
  readonly drafts: readonly number[];
  /** Addresses of what is public, whole or in part. */
  readonly published: readonly string[];
  /** On their way to a network, or nobody knows whether they arrived: nothing can be said of them yet. */
  readonly underWay: readonly number[];
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

  const found = { drafts: [] as number[], published: [] as string[], underWay: [] as number[] };
  for (const draft of copies) {
    const posted = draft.status === 'failed' ? await postedParts(store, draft.id) : [];
    if (draft.status === 'published' && draft.url !== null) found.published.push(draft.url);
    else if (posted.length > 0) found.published.push(...posted.map(({ url, id }) => url || id));
    else if (await expire(store, draft, now)) found.drafts.push(draft.id);
    else if (UNDER_WAY.has((await getDraft(store, draft.id)).status)) found.underWay.push(draft.id);
  }
  return found;
}

const UNDER_WAY: ReadonlySet<Status> = new Set(['publishing', 'uncertain']);

/** Whether it was still to be decided, to be sent, or to be tried again. */
function expire(store: Store, { id, status }: Draft, now: Date): Promise<boolean> {
  const patch = { reason: REASON, decided_at: now.toISOString() };
  return transaction(store, async (inside) => {
    const isTakenBack = status === 'approved' || status === 'failed';
    if (isTakenBack && !(await move(inside, id, { from: status, to: 'pending' }))) return false;
    if (!isTakenBack && status !== 'pending') return false;
    return move(inside, id, { from: 'pending', to: 'expired' }, patch);
  });
}

function offers({ text, candidates }: Draft): (string | null)[] {
  return [text, ...candidates.map((candidate) => candidate.text)];
}
