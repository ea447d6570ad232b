/** A slot to fill: read from the store with the candidates that are offered for it. */
import type { Selectable } from 'kysely';
import { UserError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { Blind, DraftsTable, Status } from '../store/tables.ts';
import { type Candidate, candidateOf } from './candidate.ts';

/** How one draft is to go out; what is not said is as persona.yaml has it. */
export interface DraftOptions {
  readonly visibility?: 'public' | 'unlisted' | 'followers' | 'direct';
  readonly contentWarning?: string;
  readonly language?: string;
  readonly replySettings?: 'following' | 'mentioned';
  /** Pictures: the paths of their files, and what they show. */
  readonly media?: readonly { readonly file: string; readonly alt: string }[];
}

/** How the origin of a draft begins that is a piece of `eidolon write`; its name and node follow. */
export const CO_WRITTEN = 'write:';

/** Times are ISO 8601 in UTC. */
export interface Draft {
  readonly id: number;
  readonly persona: string;
  readonly kind: 'post' | 'reply';
  readonly status: Status;
  /** `own`: what the owner wrote for the queue. */
  readonly provenance: 'generated' | 'archived' | 'own';
  /** Of an archived one, the post that it is, as `service:id`. */
  readonly origin: string | null;
  readonly prompt: string | null;
  readonly dueAt: string;
  readonly publishAt: string | null;
  /** The approved text; null until a decision approves one. */
  readonly text: string | null;
  readonly candidateId: number | null;
  readonly url: string | null;
  /** Why it was rejected, expired, failed or is uncertain. */
  readonly reason: string | null;
  readonly inReplyTo: string | null;
  readonly createdAt: string;
  readonly decidedAt: string | null;
  readonly publishedAt: string | null;
  /** By which its network knows it. */
  readonly postId: string | null;
  /** When the program gave up finding out whether it was posted: its owner says so. */
  readonly heldAt: string | null;
  readonly options: DraftOptions;
  /** The texts of a thread, from when its first post is sent; null: one post. */
  readonly parts: readonly string[] | null;
  /** Shown without scores, in an order that tells nothing; null where scores are shown. */
  readonly blind: Blind | null;
  /** Of a reply in a conversation with its owner, decided when it was made: `name/turn`. It waits for nobody, and goes nowhere. */
  readonly chat: string | null;
  /** The kept ones, round by round, best first. */
  readonly candidates: readonly Candidate[];
}

/** @throws UserError when there is no such draft. */
export async function getDraft(store: Store, id: number): Promise<Draft> {
  const [draft] = await readDrafts(store, { id });
  if (!draft) throw new UserError(`No draft ${id} in the queue`, { hint: 'See: eidolon queue list' });
  return draft;
}

export interface DraftFilter {
  readonly persona?: string | undefined;
  readonly status?: Status | undefined;
}

/** Soonest slot first. */
export function listDrafts(store: Store, filter: DraftFilter = {}): Promise<readonly Draft[]> {
  return readDrafts(store, filter);
}

/** What waits for the owner: to be decided, or to be said whether it was posted; soonest slot first. */
export function draftsForOwner(store: Store, persona?: string): Promise<readonly Draft[]> {
  return readDrafts(store, { persona, isForOwner: true });
}

async function readDrafts(
  store: Store,
  { id, persona, status, isForOwner = false }: DraftFilter & { readonly id?: number; readonly isForOwner?: boolean },
): Promise<readonly Draft[]> {
  let chosen = store.db.selectFrom('drafts');
  if (id !== undefined) chosen = chosen.where('id', '=', id);
  else chosen = chosen.where('chat', 'is', null);
  if (persona !== undefined) chosen = chosen.where('persona', '=', persona);
  if (status !== undefined) chosen = chosen.where('status', '=', status);
  if (isForOwner) {
    chosen = chosen.where(({ eb, or, and }) =>
      or([eb('status', '=', 'pending'), and([eb('status', '=', 'uncertain'), eb('held_at', 'is not', null)])]),
    );
  }

  const rows = await chosen.selectAll().orderBy('due_at').orderBy('id').execute();
  const candidates = await store.db
    .selectFrom('candidates')
    .selectAll()
    .where('kept', '=', 1)
    .where('draft_id', 'in', chosen.select('id'))
    .orderBy('offered_in')
    .orderBy('position')
    .execute();
  const byDraft = Map.groupBy(candidates, (candidate) => candidate.draft_id);
  return rows.map((row) => draftOf(row, (byDraft.get(row.id) ?? []).map(candidateOf)));
}

function draftOf(row: Selectable<DraftsTable>, candidates: readonly Candidate[]): Draft {
  return {
    id: row.id,
    persona: row.persona,
    kind: row.kind,
    status: row.status,
    provenance: row.origin === 'own' || row.origin?.startsWith(CO_WRITTEN) ? 'own' : row.provenance,
    origin: row.origin,
    prompt: row.prompt,
    dueAt: row.due_at,
    publishAt: row.publish_at,
    text: row.text,
    candidateId: row.candidate_id,
    url: row.url,
    reason: row.reason,
    inReplyTo: row.in_reply_to,
    createdAt: row.created_at,
    decidedAt: row.decided_at,
    publishedAt: row.published_at,
    postId: row.post_id,
    heldAt: row.held_at,
    options: JSON.parse(row.options),
    parts: row.parts === null ? null : JSON.parse(row.parts),
    blind: row.blind,
    chat: row.chat,
    candidates,
  };
}

/** Until it is decided, nobody is to know what the program thinks of a blind draft: only then its decision tests anything. */
export function hidesScores({ status, blind }: Pick<Draft, 'status' | 'blind'>): boolean {
  return blind !== null && status === 'pending';
}

/** The stable shape of `eidolon queue list --json`. What shows a blind draft to people hides its scores until it is decided. */
export function draftJson({ id, persona, kind, status, dueAt, text, url, blind, candidates }: Draft) {
  return {
    id,
    persona,
    kind,
    status,
    dueAt,
    text,
    url,
    blind: blind !== null,
    candidates: candidates.map(({ id, text, score, gates, features }) => ({ id, text, score, gates, features })),
  };
}
