/** Publishes what was approved: never twice, never lost, never what nobody approved. */
import { randomUUID } from 'node:crypto';
import { WorldError } from '../errors.ts';
import { type Claim, claimNext, nextDue } from '../queue/claim.ts';
import { move } from '../queue/status.ts';
import { type Store, transaction } from '../store/store.ts';
import type { Status } from '../store/tables.ts';
import { type Found, type Network, type PublishedPost, Refusal, type SentPost } from './network.ts';

export interface Turn {
  readonly persona: string;
  readonly network: Network;
  readonly now: () => Date;
}

export type Outcome = { readonly draftId: number; readonly text: string } & (
  | { readonly kind: 'published'; readonly url: string }
  | { readonly kind: 'postponed' | 'failed' | 'uncertain'; readonly reason: string }
  | { readonly kind: 'dry run' }
);

/** Publishes the next approved draft whose time has come; null when none is due. */
export async function publishNext(store: Store, turn: Turn): Promise<Outcome | null> {
  // Committed before anything is sent: whatever happens from here on, the next start finds the key to look for.
  const attempt = await transaction(store, async (inside) => {
    const claim = await claimNext(inside, turn.persona, turn.now());
    return claim && beginAttempt(inside, turn, { ...claim, key: randomUUID(), options: {}, cursor: null, attempts: 1 });
  });
  return attempt && send(store, turn, attempt);
}

/**
 * Settles what a crash or an unclear answer left behind, before anything else is published: what the network has is
 * adopted, what it certainly has not is sent again under the same key. One process at a time may do so for a persona.
 */
export async function reconcile(store: Store, turn: Turn): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const attempt of await openAttempts(store, turn.persona)) {
    outcomes.push(await reconcileOne(store, turn, attempt));
  }
  return outcomes;
}

/** For a dry run: what `publishNext` would send. Sends nothing, and leaves the draft approved. */
export async function previewNext(store: Store, persona: string, now: Date): Promise<Outcome | null> {
  const due = await nextDue(store, persona, now);
  return due && { kind: 'dry run', draftId: due.draftId, text: due.text };
}

interface Attempt extends SentPost {
  readonly id: number;
  readonly draftId: number;
  /** Where the draft stands: `publishing`, or `uncertain` when this attempt was made earlier. */
  readonly status: Status;
}

async function beginAttempt(
  store: Store,
  turn: Turn,
  post: Claim & Pick<SentPost, 'key' | 'options' | 'cursor' | 'attempts'>,
): Promise<Attempt> {
  const startedAt = turn.now().toISOString();
  const { id } = await store.db
    .insertInto('attempts')
    .values({
      draft_id: post.draftId,
      network: turn.network.name,
      key: post.key,
      payload: post.text,
      started_at: startedAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { ...post, id, status: 'publishing', startedAt };
}

/** The newest attempt of every draft whose post may or may not be there. */
async function openAttempts(store: Store, persona: string): Promise<readonly Attempt[]> {
  const rows = await store.db
    .selectFrom('attempts')
    .innerJoin('drafts', 'drafts.id', 'attempts.draft_id')
    .select(['attempts.id', 'attempts.draft_id', 'attempts.key', 'attempts.payload', 'attempts.started_at'])
    .select(['drafts.status', 'drafts.in_reply_to'])
    .where('drafts.persona', '=', persona)
    .where('drafts.status', 'in', ['publishing', 'uncertain'])
    .where('attempts.id', 'in', (query) =>
      query
        .selectFrom('attempts')
        .select((select) => select.fn.max('id').as('id'))
        .groupBy('draft_id'),
    )
    .orderBy('attempts.id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    draftId: row.draft_id,
    status: row.status,
    key: row.key,
    text: row.payload,
    startedAt: row.started_at,
    inReplyTo: row.in_reply_to,
    options: {},
    cursor: null,
    attempts: 1,
  }));
}

async function reconcileOne(store: Store, turn: Turn, attempt: Attempt): Promise<Outcome> {
  let found: Found;
  try {
    found = await turn.network.find(attempt);
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    return settleUnknown(store, turn, attempt, error.message);
  }
  if (found.kind === 'there') return settlePublished(store, turn, attempt, found.url);
  if (found.kind === 'cannot tell') return settleUnknown(store, turn, attempt, found.reason);
  if (found.kind === 'look again') return settleUnknown(store, turn, attempt, 'it is looked for again');

  const again = await transaction(store, async (inside) => {
    await finishAttempt(inside, turn, attempt, { outcome: 'unknown', error: 'not found on the network; sent again' });
    if (attempt.status === 'uncertain') await settleDraft(inside, attempt, 'publishing', {});
    return beginAttempt(inside, turn, attempt);
  });
  return send(store, turn, again, { isRetry: true });
}

async function send(store: Store, turn: Turn, attempt: Attempt, { isRetry = false } = {}): Promise<Outcome> {
  let sent: PublishedPost;
  try {
    sent = await turn.network.publish(attempt);
  } catch (error) {
    // A refused retry says nothing of what was sent before it, which may still arrive: the draft keeps its key.
    if (error instanceof Refusal && !isRetry) return settleRefused(store, turn, attempt, error);
    const outcome = await settleUnknown(store, turn, attempt, String(error instanceof Error ? error.message : error));
    if (error instanceof WorldError) return outcome;
    throw error;
  }
  return settlePublished(store, turn, attempt, sent.url);
}

async function settlePublished(store: Store, turn: Turn, attempt: Attempt, url: string): Promise<Outcome> {
  return transaction<Outcome>(store, async (inside) => {
    await finishAttempt(inside, turn, attempt, { outcome: 'published', url });
    const published = { url, text: attempt.text, reason: null, published_at: turn.now().toISOString() };
    await settleDraft(inside, attempt, 'published', published);
    return { kind: 'published', draftId: attempt.draftId, text: attempt.text, url };
  });
}

const RETRY_AFTER_MS = 60_000;

async function settleRefused(store: Store, turn: Turn, attempt: Attempt, refusal: Refusal): Promise<Outcome> {
  const reason = refusal.message;
  const retryAt = new Date(turn.now().getTime() + (refusal.retryAfterMs ?? RETRY_AFTER_MS)).toISOString();
  return transaction<Outcome>(store, async (inside) => {
    await finishAttempt(inside, turn, attempt, { outcome: 'refused', error: reason });
    if (refusal.retryable) await settleDraft(inside, attempt, 'approved', { reason, publish_at: retryAt });
    else await settleDraft(inside, attempt, 'failed', { reason });
    return {
      kind: refusal.retryable ? 'postponed' : 'failed',
      draftId: attempt.draftId,
      text: attempt.text,
      reason,
    };
  });
}

async function settleUnknown(store: Store, turn: Turn, attempt: Attempt, reason: string): Promise<Outcome> {
  return transaction<Outcome>(store, async (inside) => {
    await finishAttempt(inside, turn, attempt, { outcome: 'unknown', error: reason });
    if (attempt.status === 'publishing') await settleDraft(inside, attempt, 'uncertain', { reason });
    return { kind: 'uncertain', draftId: attempt.draftId, text: attempt.text, reason };
  });
}

interface Finish {
  readonly outcome: 'published' | 'refused' | 'unknown';
  readonly url?: string;
  readonly error?: string;
}

async function finishAttempt(store: Store, turn: Turn, attempt: Attempt, finish: Finish): Promise<void> {
  await store.db
    .updateTable('attempts')
    .set({ ...finish, finished_at: turn.now().toISOString() })
    .where('id', '=', attempt.id)
    .execute();
}

async function settleDraft(
  store: Store,
  attempt: Attempt,
  to: Status,
  patch: Parameters<typeof move>[3],
): Promise<void> {
  const won = await move(store, attempt.draftId, { from: attempt.status, to }, patch);
  if (!won) throw new Error(`Draft ${attempt.draftId} was published by two processes at once`);
}
