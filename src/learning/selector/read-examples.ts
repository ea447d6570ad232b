/** From the owner's decisions to what the selector learns from. What the program approved by itself teaches nothing, nor what it did not write. */
import type { Feature } from '../../queue/candidate.ts';
import { unpackHidden } from '../../queue/candidate.ts';
import type { Store } from '../../store/store.ts';
import type { DecisionsTable } from '../../store/tables.ts';
import type { Example, Measured } from './example.ts';

export interface Decided {
  readonly examples: readonly Example[];
  /** The newest decision that was read; 0 of none. */
  readonly throughDecision: number;
  /** Edits whose text was measured since: it teaches too. */
  readonly edits: number;
  /** Decisions whose draft or candidate is gone: they are passed over. */
  readonly orphans: number;
  /** Texts that were approved once and rejected another time: both count. */
  readonly contradictions: number;
}

/** An edited candidate was the best of its draft, and yet not good enough as it stood. */
const EDITED = 0.5;

/** All of a persona's, or those of one draft. */
export async function readExamples(store: Store, persona: string, draftId?: number): Promise<Decided> {
  const { db } = store;
  let rows = db
    .selectFrom('decisions')
    .leftJoin('drafts', 'drafts.id', 'decisions.draft_id')
    .leftJoin('edits', 'edits.decision_id', 'decisions.id')
    .select(['decisions.id', 'decisions.draft_id', 'decisions.candidate_id', 'decisions.action', 'decisions.by'])
    .select('decisions.text')
    .select(['drafts.persona', 'drafts.blind', 'edits.decision_id as measured'])
    .select(['edits.features', 'edits.prior', 'edits.hidden', 'edits.hidden_model'])
    .where('decisions.action', 'in', ['picked', 'edited', 'rejected', 'undone'])
    .where(({ eb, or, and }) =>
      or([
        and([eb('drafts.persona', '=', persona), eb('drafts.provenance', '=', 'generated')]),
        eb('drafts.id', 'is', null),
      ]),
    )
    // What its owner wrote, long ago or now, says nothing of what a model writes.
    .where(({ eb, or }) => or([eb('drafts.provenance', '=', 'generated'), eb('drafts.id', 'is', null)]))
    .orderBy('decisions.id');
  if (draftId !== undefined) rows = rows.where('decisions.draft_id', '=', draftId);
  const decisions = await rows.execute();

  let shown = db
    .selectFrom('candidates')
    .innerJoin('drafts', 'drafts.id', 'candidates.draft_id')
    .select(['candidates.id', 'candidates.draft_id', 'candidates.text', 'candidates.features', 'candidates.prior'])
    .select(['candidates.hidden', 'candidates.hidden_model'])
    .where('drafts.persona', '=', persona)
    .where('drafts.provenance', '=', 'generated')
    .where('candidates.kept', '=', 1)
    .orderBy('candidates.id');
  if (draftId !== undefined) shown = shown.where('candidates.draft_id', '=', draftId);
  else shown = shown.where('candidates.draft_id', 'in', db.selectFrom('decisions').select('draft_id'));
  const candidates = Map.groupBy(await shown.execute(), (row) => row.draft_id);

  const newest = new Map(decisions.filter(({ persona }) => persona !== null).map((row) => [row.draft_id, row]));
  const examples: Example[] = [];
  const approvedTexts = new Set<string>();
  const rejectedTexts = new Set<string>();
  let orphans = decisions.filter((row) => row.persona === null).length;
  for (const decision of newest.values()) {
    if (decision.action === 'undone' || decision.by === 'program') continue;
    const offered = candidates.get(decision.draft_id) ?? [];
    const chosen = offered.find(({ id }) => id === decision.candidate_id);
    // The owner's own words, in the place of all that was offered.
    const isOwn = decision.action === 'edited' && decision.candidate_id === null;
    if (offered.length === 0 || (decision.action !== 'rejected' && chosen === undefined && !isOwn)) {
      orphans++;
      continue;
    }
    const about = { draft: decision.draft_id, blind: decision.blind !== null };
    for (const candidate of offered) {
      const label = labelOf(decision.action, candidate === chosen, offered.length);
      examples.push({ ...measuredOf(candidate), ...about, ...label });
      if (label.approved) approvedTexts.add(candidate.text);
      else if (decision.action === 'rejected') rejectedTexts.add(candidate.text);
    }
    if (decision.features !== null && decision.prior !== null) {
      const { features, prior, hidden, hidden_model } = decision;
      const text = decision.text ?? '';
      // It was shown to nobody, so it tests nothing.
      examples.push({
        ...measuredOf({ text, features, prior, hidden, hidden_model }),
        ...about,
        blind: false,
        approved: true,
        weight: 1,
      });
    }
  }
  return {
    examples,
    throughDecision: decisions.at(-1)?.id ?? 0,
    edits: decisions.filter(({ measured }) => measured !== null).length,
    orphans,
    contradictions: [...approvedTexts].filter((text) => rejectedTexts.has(text)).length,
  };
}

/** How far `readExamples` would read, without reading it all. */
export async function newestOf({ db }: Store, persona: string): Promise<Pick<Decided, 'throughDecision' | 'edits'>> {
  const row = await db
    .selectFrom('decisions')
    .leftJoin('drafts', 'drafts.id', 'decisions.draft_id')
    .leftJoin('edits', 'edits.decision_id', 'decisions.id')
    .select(({ fn }) => [fn.max('decisions.id').as('newest'), fn.count<number>('edits.decision_id').as('edits')])
    .where('decisions.action', 'in', ['picked', 'edited', 'rejected', 'undone'])
    .where(({ eb, or, and }) =>
      or([
        and([eb('drafts.persona', '=', persona), eb('drafts.provenance', '=', 'generated')]),
        eb('drafts.id', 'is', null),
      ]),
    )
    .executeTakeFirst();
  return { throughDecision: row?.newest ?? 0, edits: Number(row?.edits ?? 0) };
}

/**
 * A rejection is said of each text that was shown. A choice is said of the one that was taken; the others were only less
 * good than that, and count as one text together.
 */
function labelOf(
  action: DecisionsTable['action'],
  isChosen: boolean,
  offered: number,
): Pick<Example, 'approved' | 'weight'> {
  if (action === 'rejected') return { approved: false, weight: 1 };
  if (isChosen) return { approved: true, weight: action === 'edited' ? EDITED : 1 };
  return { approved: false, weight: 1 / Math.max(1, offered - 1) };
}

interface MeasuredRow {
  readonly text: string;
  readonly features: string;
  readonly prior: number;
  readonly hidden: Uint8Array | null;
  readonly hidden_model: string | null;
}

export function measuredOf({ text, features, prior, hidden, hidden_model }: MeasuredRow): Measured {
  const measured: readonly Feature[] = JSON.parse(features);
  return {
    text,
    features: featureValues(measured),
    prior,
    ...(hidden && { hidden: unpackHidden(hidden), model: hidden_model ?? undefined }),
  };
}

/** What a selector adds to the table to explain its score is no measure of the text. */
export const EXPLANATIONS: readonly string[] = ['prior', 'hidden', 'words', 'average'];

export function featureValues(features: readonly Feature[]): Record<string, number> {
  return Object.fromEntries(
    features.flatMap(({ name, value }) => (EXPLANATIONS.includes(name) ? [] : [[name, value]])),
  );
}
