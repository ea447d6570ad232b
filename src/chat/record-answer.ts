/** What the owner made of a reply, in the log of decisions: from there it is learned as any other decision is. */
import type { Turn } from '../corpus/document.ts';
import type { NewCandidate } from '../queue/candidate.ts';
import { createDraft, type Round } from '../queue/create-draft.ts';
import { getDraft } from '../queue/draft.ts';
import { move } from '../queue/status.ts';
import { append } from '../review/decide.ts';
import { type Store, transaction } from '../store/store.ts';

export interface RecordedAnswer {
  readonly draftId: number;
  readonly text: string;
  readonly context: readonly Turn[];
}

/** By their turns, from 1 on. */
export async function recordedAnswers(
  { db }: Store,
  persona: string,
  chat: string,
): Promise<ReadonlyMap<number, RecordedAnswer>> {
  const rows = await db
    .selectFrom('drafts')
    .select(['id', 'chat', 'text', 'context'])
    .where('persona', '=', persona)
    .where('chat', 'is not', null)
    .execute();
  return new Map(
    rows.flatMap(({ id, chat: place, text, context }) => {
      const [name, turn] = (place ?? '').split('/');
      if (name !== chat) return [];
      return [[Number(turn), { draftId: id, text: text ?? '', context: JSON.parse(context ?? '[]') }] as const];
    }),
  );
}

export interface Answer {
  readonly persona: string;
  readonly chat: string;
  readonly turn: number;
  readonly context: readonly Turn[];
  readonly round: Round;
  /** What was offered. */
  readonly candidates: readonly NewCandidate[];
  /** Which of them was picked; null where the owner typed. */
  readonly choice: number | null;
  /** As it stands now. */
  readonly text: string;
  readonly now: Date;
}

/** A draft that is decided when it is made, and never leaves for a network. Returns its id. */
export async function recordAnswer(store: Store, answer: Answer): Promise<number> {
  const { persona, chat, turn, context, round, choice, text, now } = answer;
  const candidates = answer.candidates.map((one, index) => ({ ...one, kept: true, position: index + 1 }));
  return transaction(store, async (inside) => {
    const kind = 'reply';
    const id = await createDraft(inside, { persona, kind, prompt: null, dueAt: now, round, candidates, now });
    const draft = await getDraft(inside, id);
    const picked = choice === null ? undefined : draft.candidates[choice - 1];
    if (choice !== null && !picked) throw new Error(`No reply ${choice} among ${draft.candidates.length}`);
    const place = { chat: `${chat}/${turn}`, context: JSON.stringify(context) };
    await append(inside, draft, {
      action: picked?.text === text ? 'picked' : 'edited',
      candidate_id: picked?.id ?? null,
      text,
      at: now.toISOString(),
    });
    const decided = { text, candidate_id: picked?.id ?? null, decided_at: now.toISOString() };
    await move(inside, id, { from: 'pending', to: 'expired' }, { ...place, ...decided });
    return id;
  });
}

/** Another decision on the same reply: the newest is the one that is learned. */
export async function recordCorrection(
  store: Store,
  { draftId, text, now }: Pick<RecordedAnswer, 'draftId' | 'text'> & { readonly now: Date },
): Promise<void> {
  await transaction(store, async (inside) => {
    const { candidateId } = await getDraft(inside, draftId);
    await append(inside, { id: draftId }, { action: 'edited', candidate_id: candidateId, text, at: now.toISOString() });
    await inside.db.updateTable('drafts').set({ text }).where('id', '=', draftId).execute();
  });
}

/** What a reply answers was corrected: learning reads it as it stands now. */
export async function recordContext(
  { db }: Store,
  { draftId, context }: Pick<RecordedAnswer, 'draftId' | 'context'>,
): Promise<void> {
  await db
    .updateTable('drafts')
    .set({ context: JSON.stringify(context) })
    .where('id', '=', draftId)
    .execute();
}
