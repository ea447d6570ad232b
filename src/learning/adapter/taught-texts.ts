/** What the owner's decisions leave to learn from: the texts that they approved or wrote, and those that they rejected. */
import { createHash } from 'node:crypto';
import type { Turn } from '../../corpus/document.ts';
import type { Store } from '../../store/store.ts';

export interface DecidedText {
  readonly draft: number;
  /** What it was written from; '' where the text does not begin with it. */
  readonly prompt: string;
  /** What it answers, oldest first: read, and never learned. Of a reply in a conversation with the owner. */
  readonly context?: readonly Turn[];
  readonly text: string;
  /** At which the model drew it; absent of words that it did not draw. */
  readonly temperature?: number | undefined;
  readonly approved: boolean;
  /** The owner's own words. */
  readonly edited: boolean;
  readonly decision: number;
}

/**
 * The newest decision on each draft, oldest first; one that was taken back counts not at all, nor one of the program's own. Of a rejected draft, the text that
 * stood first. Of two decisions about the same text the newer one holds. A draft that is gone teaches nothing.
 *
 * Only what the persona was to post by itself, or said to its owner in a conversation, and its owner decided. What strangers say is
 * not learned from, so no reply to them; a post out of the archives is in the corpus already.
 */
export async function decidedTexts({ db }: Store, persona: string): Promise<readonly DecidedText[]> {
  const rows = await db
    .selectFrom('decisions')
    .innerJoin('drafts', 'drafts.id', 'decisions.draft_id')
    .leftJoin('candidates', 'candidates.id', 'decisions.candidate_id')
    .leftJoin('rounds', 'rounds.id', 'candidates.round_id')
    .select(['candidates.skill', 'rounds.request'])
    .select(['decisions.id', 'decisions.draft_id', 'decisions.action', 'decisions.text'])
    .select(['decisions.by', 'drafts.prompt', 'drafts.context'])
    .where('drafts.persona', '=', persona)
    .where(({ eb, or }) => or([eb('drafts.kind', '=', 'post'), eb('drafts.context', 'is not', null)])) // of a conversation that was forgotten there is none
    .where('drafts.provenance', '=', 'generated')
    .where('decisions.action', 'in', ['picked', 'edited', 'rejected', 'undone'])
    .orderBy('decisions.id')
    .execute();
  const newest = [...new Map(rows.map((row) => [row.draft_id, row])).values()].filter(
    ({ action, by }) => action !== 'undone' && by === 'owner',
  );
  const rejected = newest.filter(({ action }) => action === 'rejected').map(({ draft_id }) => draft_id);
  const shown = await firstShown({ db }, rejected);
  const decided = newest.flatMap(({ id, draft_id, action, text, prompt, context, skill, request }): DecidedText[] => {
    const said = action === 'rejected' ? shown.get(draft_id) : text;
    if (said === undefined || said === null) return [];
    const opening = prompt !== null && said.startsWith(prompt) ? prompt : '';
    const how = { approved: action !== 'rejected', edited: action === 'edited', decision: id };
    const answers: { context?: readonly Turn[] } = context === null ? {} : { context: JSON.parse(context) };
    const temperature = action === 'picked' && request !== null ? temperatureOf(skill, request) : undefined;
    const drawn = temperature === undefined ? {} : { temperature };
    return [{ draft: draft_id, prompt: opening, text: said, ...drawn, ...answers, ...how }];
  });
  const byText = new Map<string, DecidedText>();
  for (const one of decided.toSorted((a, b) => a.decision - b.decision)) byText.set(keyOf(one), one);
  return [...byText.values()].toSorted((a, b) => a.decision - b.decision);
}

/** What was found in the corpus, or is said by a rule, was not drawn. */
function temperatureOf(skill: string | null, request: string): number | undefined {
  const { sampling }: { readonly sampling?: { readonly temperature?: number } } = JSON.parse(request);
  return skill === null || skill === 'generate' ? sampling?.temperature : undefined;
}

async function firstShown({ db }: Pick<Store, 'db'>, drafts: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const wanted = new Set(drafts);
  const rows = await db
    .selectFrom('candidates')
    .select(['draft_id', 'text'])
    .where('kept', '=', 1)
    .where('draft_id', 'is not', null)
    .orderBy('position', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return new Map(rows.flatMap(({ draft_id, text }) => (wanted.has(draft_id!) ? [[draft_id!, text] as const] : [])));
}

/** "Yes" to one question is not "yes" to another. */
const keyOf = ({ text, context = [] }: DecidedText) => JSON.stringify([normalised(text), context]);
const normalised = (text: string) => text.toLowerCase().replace(/\s+/g, ' ').trim();

export interface TaughtParts {
  /** To learn from, to stop by, and to be measured by: about 70, 10 and 20 in a hundred. */
  readonly train: readonly DecidedText[];
  readonly validation: readonly DecidedText[];
  readonly test: readonly DecidedText[];
}

/** A draft's place depends on its number alone, so what one adapter is measured by no other one has learned. */
export function splitTaught(texts: readonly DecidedText[]): TaughtParts {
  const parts: { train: DecidedText[]; validation: DecidedText[]; test: DecidedText[] } = {
    train: [],
    validation: [],
    test: [],
  };
  for (const text of texts) {
    const share = shareOf(text.draft);
    if (isTaught(text.draft)) parts.train.push(text);
    else if (share < 0.8) parts.validation.push(text);
    else parts.test.push(text);
  }
  return parts;
}

/** Whether an adapter may learn from decisions on this draft. */
export function isTaught(draft: number): boolean {
  return shareOf(draft) < 0.7;
}

function shareOf(draft: number): number {
  return createHash('sha256').update(`draft ${draft}`).digest().readUInt32BE() / 2 ** 32;
}
