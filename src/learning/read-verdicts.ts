/** What the owner said of each draft last, and what the program said. */
import type { Store } from '../store/store.ts';
import type { Blind } from '../store/tables.ts';

export interface Verdict {
  readonly draft: number;
  readonly at: string;
  readonly prompt: string | null;
  readonly blind: Blind | null;
  readonly approved: boolean;
  readonly edited: boolean;
  /** The text as it stands approved; of a rejected draft null. */
  readonly text: string | null;
  readonly candidate: number | null;
  readonly reason: string | null;
}

/** The drafts that the owner decided, oldest decision first; what was taken back counts not at all. */
export async function readVerdicts(store: Store, persona: string): Promise<Verdict[]> {
  return (await newest(store, persona)).filter(({ by }) => by === 'owner');
}

/** Drafts that the program approved and whose approval stands. */
export async function readOwnApprovals(store: Store, persona: string): Promise<Verdict[]> {
  return (await newest(store, persona)).filter(({ by }) => by === 'program');
}

async function newest({ db }: Store, persona: string): Promise<(Verdict & { readonly by: 'owner' | 'program' })[]> {
  const rows = await db
    .selectFrom('decisions')
    .innerJoin('drafts', 'drafts.id', 'decisions.draft_id')
    .select([
      'decisions.draft_id',
      'decisions.at',
      'decisions.action',
      'decisions.text',
      'decisions.reason',
      'decisions.by',
    ])
    .select(['decisions.candidate_id', 'drafts.prompt', 'drafts.blind'])
    .where('drafts.persona', '=', persona)
    .where('drafts.provenance', '=', 'generated')
    .where('drafts.chat', 'is', null) // of five replies one is picked: that is no rate of approval
    .where('decisions.action', 'in', ['picked', 'edited', 'rejected', 'undone'])
    .orderBy('decisions.id')
    .execute();
  const latest = new Map(rows.map((row) => [row.draft_id, row]));
  return [...latest.values()]
    .filter(({ action }) => action !== 'undone')
    .map(({ draft_id, at, action, text, reason, by, candidate_id, prompt, blind }) => ({
      draft: draft_id,
      at,
      prompt,
      blind,
      approved: action !== 'rejected',
      edited: action === 'edited',
      text,
      candidate: candidate_id,
      reason,
      by,
    }))
    .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.draft - b.draft));
}
