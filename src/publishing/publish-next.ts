/** Publishes what was approved: never twice, never lost, never what nobody approved. */
import { randomUUID } from 'node:crypto';
import { WorldError } from '../errors.ts';
import { type Claim, claimNext, type DraftKind, nextDue } from '../queue/claim.ts';
import { move } from '../queue/status.ts';
import { type Store, transaction } from '../store/store.ts';
import { knowIdentity, noteTrouble, serverAnswered } from './account-health.ts';
import {
  type Attempt,
  attemptsToSettle,
  beginAgain,
  beginAttempt,
  finishExpired,
  finishPublished,
  finishRefused,
  hasUnsettled,
  hold,
  keepMedia,
  leaveUncertain,
  nextInThread,
  optionsOfNext,
  otherDraftOf,
  postedParts,
} from './attempts.ts';
import { AccountError, type Found, type Network, type PostOptions, type PublishedPost, Refusal } from './network.ts';
import { optedOutOf } from './opted-out.ts';
import { asWriter } from './writer.ts';

export interface Turn {
  readonly persona: string;
  readonly network: Network;
  readonly now: () => Date;
  /** Whose outages are shared by all that post there; without it, the network. */
  readonly server?: string;
  /** By `ownersFiles`, before the network was asked. */
  readonly files?: string;
  /** What may go out now; without it, posts and replies. */
  readonly kinds?: readonly DraftKind[];
  /** How a post goes out; kept with it, so that a retry is the same to the last byte. */
  readonly options?: (claim: Claim) => PostOptions;
  /** What was sent in vain for so long is not sent any more, once it is certainly not there; without it, always. */
  readonly expireAfterMs?: number;
  /** Sees to it that no other home posts to the account meanwhile; without it, nobody does. @throws Refusal where one may. */
  readonly guard?: <T>(account: string, work: () => Promise<T>) => Promise<T>;
  /** Asked before anything is sent. */
  readonly splitter?: () => Promise<Split>;
}

/** The posts of a thread, where a text is longer than one; null: longer than the persona may. */
export type Split = (text: string) => readonly string[] | null;

export type Outcome = { readonly draftId: number; readonly text: string } & (
  | { readonly kind: 'published'; readonly url: string; readonly notice?: string }
  | { readonly kind: 'postponed' | 'failed' | 'uncertain' | 'held'; readonly reason: string }
  | { readonly kind: 'dry run' }
);

/** Publishes the next approved draft whose time has come; null when none is due, or another may or may not be there. */
export async function publishNext(store: Store, turn: Turn): Promise<Outcome | null> {
  const due = await nextDue(store, turn.persona, turn.now(), turn.kinds);
  if (due === null || (await hasUnsettled(store, turn.persona))) return null;
  try {
    const split = await turn.splitter?.();
    return await writing(store, turn, null, (account) => publishAs(store, turn, account, split));
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    await noteTrouble(store, error, troubled(turn)); // nothing was sent: only what comes before it went wrong
    return { kind: 'postponed', draftId: due.draftId, text: due.text, reason: error.message };
  }
}

async function publishAs(store: Store, turn: Turn, account: string, split?: Split): Promise<Outcome | null> {
  const { persona, network, now } = turn;
  if (await hasUnsettled(store, persona, account)) return null;
  const cursor = await network.newestOwnId();
  // Committed before anything is sent: whatever happens from here on, the next start finds the key to look for.
  const begun = await transaction(
    store,
    async (inside): Promise<{ attempt: Attempt } | { outcome: Outcome } | null> => {
      const claim = await claimNext(inside, persona, now(), turn.kinds);
      if (!claim) return null;
      const { draftId, text } = claim;
      const name = await optedOutOf(inside, draftId);
      if (name !== null) {
        const reason = `${name} asked not to be answered`;
        await move(inside, draftId, { from: 'publishing', to: 'failed' }, { reason });
        return { outcome: { kind: 'failed', draftId, text, reason } };
      }
      const attempt = await beginAttempt(
        inside,
        { ...(await whatToSend(inside, claim, { turn, cursor, split })), account, network: network.name },
        now(),
      );
      return { attempt };
    },
  );
  if (begun === null) return null;
  return 'outcome' in begun ? begun.outcome : send(store, turn, begun.attempt);
}

interface Sending {
  readonly turn: Turn;
  readonly cursor: string | null;
  readonly split: Split | undefined;
}

/** A text that fits as it is; the first post of a thread; or, of one that is posted in part, the one that comes next. */
async function whatToSend(store: Store, claim: Claim, { turn, cursor, split }: Sending) {
  const { draftId, text, inReplyTo } = claim;
  const options = turn.options?.(claim) ?? {};
  const posted = await postedParts(store, draftId);
  const before = posted.at(-1);
  if (claim.parts && before) {
    return nextInThread({
      draftId,
      parts: claim.parts,
      part: before.part + 1,
      options: optionsOfNext(options),
      before: before.id,
    });
  }
  const texts = split?.(text) ?? [text]; // too long even for a thread: its network says so
  const parts = texts.length > 1 ? texts : null;
  const json = parts && JSON.stringify(parts);
  await store.db.updateTable('drafts').set({ parts: json }).where('id', '=', draftId).execute();
  const first = { key: randomUUID(), options, cursor, attempts: 1, tries: 1, startedAt: null };
  return { draftId, text: texts[0]!, inReplyTo, part: 0, parts, ...first };
}

/**
 * Settles what a crash or an unclear answer left behind, before anything else is published: what the network has is
 * adopted, what it certainly has not is sent again under the same key, what cannot be told is held for the owner.
 * Returns what is new, of those whose time to be looked for has come.
 */
export async function reconcile(store: Store, turn: Turn): Promise<readonly Outcome[]> {
  const attempts = await attemptsToSettle(store, turn.persona, turn.now());
  if (attempts.length === 0) return [];
  try {
    const settle = async (account: string) => {
      const outcomes: Outcome[] = [];
      for (const attempt of attempts) {
        const outcome = await reconcileOne(store, turn, { ...attempt, account: attempt.account || account });
        if (outcome) outcomes.push(outcome);
      }
      return outcomes;
    };
    return await writing(store, turn, [], settle);
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    await noteTrouble(store, error, troubled(turn));
    for (const attempt of attempts) await lookedInVain(store, turn, attempt, error);
    return [];
  }
}

/** For a dry run: what `publishNext` would send. Sends nothing, and leaves the draft approved. */
export async function previewNext(
  store: Store,
  persona: string,
  now: Date,
  kinds?: readonly DraftKind[],
): Promise<Outcome | null> {
  const due = await nextDue(store, persona, now, kinds);
  return due && { kind: 'dry run', draftId: due.draftId, text: due.text };
}

/** `busy`: what there is where another writer is at the account. */
async function writing<T>(store: Store, turn: Turn, busy: T, work: (account: string) => Promise<T>): Promise<T> {
  const account = await turn.network.identity();
  await knowIdentity(store, turn.persona, account);
  const write = () => asWriter(store, { account, now: turn.now }, () => work(account));
  const done = await (turn.guard ? turn.guard(account, write) : write());
  return done === 'busy' ? busy : done;
}

/** Null where there is nothing new: it is looked for again later. */
async function reconcileOne(store: Store, turn: Turn, attempt: Attempt): Promise<Outcome | null> {
  const { now, network } = turn;
  let found: Found;
  try {
    found = await network.find(attempt);
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    await noteTrouble(store, error, troubled(turn));
    return lookedInVain(store, turn, attempt, error);
  }
  switch (found.kind) {
    case 'there': {
      await serverAnswered(store, serverOf(turn));
      const other = await otherDraftOf(store, attempt, found.id);
      if (other === undefined) return settlePublished(store, turn, attempt, found);
      return give(store, turn, attempt, `the only such post is that of draft ${other}: ${found.url}`);
    }
    case 'cannot tell':
      await serverAnswered(store, serverOf(turn));
      return give(store, turn, attempt, found.reason);
    case 'look again': {
      const lookAt = new Date(now().getTime() + found.afterMs);
      const reason = attempt.error ?? 'the program ended before the network had answered';
      return uncertain(store, turn, attempt, { reason, lookAt, isMissed: true });
    }
    case 'absent': {
      const name = await optedOutOf(store, attempt.draftId);
      if (name !== null) {
        return settleExpired(store, turn, attempt, `${name} asked not to be answered, and it is not there`);
      }
      if (now().getTime() - Date.parse(attempt.startedAt) > (turn.expireAfterMs ?? Number.POSITIVE_INFINITY)) {
        return settleExpired(store, turn, attempt, 'it could not be sent in time, and is not there');
      }
      if (attempt.tries >= MOST_TRIES) {
        return give(store, turn, attempt, `sent ${attempt.tries} times in vain, and not found`);
      }
      return send(store, turn, await beginAgain(store, attempt, network.name, now()), { isRetry: true });
    }
  }
}

/** Each under the same key. */
const MOST_TRIES = 8;

async function send(store: Store, turn: Turn, attempt: Attempt, { isRetry = false } = {}): Promise<Outcome | null> {
  let sent: PublishedPost;
  try {
    sent = await turn.network.publish({ ...attempt, keepMedia: (ids) => keepMedia(store, attempt, ids) });
  } catch (error) {
    const reason = String(error instanceof Error ? error.message : error);
    if (!(error instanceof WorldError)) {
      await leaveUncertain(store, attempt, { reason, now: turn.now(), lookAt: null });
      throw error;
    }
    await noteTrouble(store, error, troubled(turn));
    if (!(error instanceof Refusal))
      return uncertain(store, turn, attempt, { reason, lookAt: nextLook(turn, attempt, error, isRetry) });
    if (!isRetry) return settleRefused(store, turn, attempt, error);
    // A refused retry says nothing of what was sent before it, which may still arrive: the draft keeps its key.
    const lookAt = nextLook(turn, attempt, error, isRetry);
    return uncertain(store, turn, attempt, { reason, lookAt, wasNotSent: true });
  }
  await serverAnswered(store, serverOf(turn));
  return settlePublished(store, turn, attempt, sent);
}

const MINUTE = 60_000;
/** After one retry, two, and so on. */
const RETRIES_MS = [MINUTE, 5 * MINUTE, 20 * MINUTE, 60 * MINUTE, 3 * 60 * MINUTE, 6 * 60 * MINUTE];

/** What was sent once is looked for at once: often only the answer was lost. What fails again and again is not sent again at once. */
function nextLook({ now }: Turn, { tries }: Attempt, { retryAfterMs = 0 }: WorldError, isRetry: boolean): Date | null {
  if (!isRetry) return null;
  const waitMs = RETRIES_MS[Math.min(tries - 2, RETRIES_MS.length - 1)] ?? MINUTE;
  return new Date(now().getTime() + Math.max(waitMs, retryAfterMs));
}

async function settlePublished(
  store: Store,
  turn: Turn,
  attempt: Attempt,
  post: PublishedPost,
): Promise<Outcome | null> {
  const next = await finishPublished(store, attempt, post, { network: turn.network.name, now: turn.now() });
  if (next) {
    const name = await optedOutOf(store, next.draftId);
    if (name === null) return send(store, turn, next);
    return settleRefused(store, turn, next, new Refusal(`${name} asked not to be answered`, { retryable: false }));
  }
  const { notice } = post;
  const { draftId, parts } = attempt;
  const text = parts?.join('\n') ?? attempt.text;
  const url = (await postedParts(store, draftId))[0]?.url ?? post.url;
  return { kind: 'published', draftId, text, url, ...(notice !== undefined && { notice }) };
}

async function settleRefused(store: Store, turn: Turn, attempt: Attempt, refusal: Refusal): Promise<Outcome> {
  const now = turn.now();
  const { parts, part } = attempt;
  const reason = parts === null ? refusal.message : `post ${part + 1} of ${parts.length}: ${refusal.message}`;
  const isPostponed = refusal.retryable || refusal instanceof AccountError;
  const waitMs = refusal instanceof AccountError ? 0 : (refusal.retryAfterMs ?? MINUTE);
  const publishAt = isPostponed ? new Date(now.getTime() + waitMs) : null;
  await finishRefused(store, attempt, { reason, publishAt, now });
  return { kind: isPostponed ? 'postponed' : 'failed', draftId: attempt.draftId, text: attempt.text, reason };
}

async function settleExpired(store: Store, turn: Turn, attempt: Attempt, reason: string): Promise<Outcome> {
  await finishExpired(store, attempt, reason, turn.now());
  return { kind: 'failed', draftId: attempt.draftId, text: attempt.text, reason };
}

type Uncertainty = Omit<Parameters<typeof leaveUncertain>[2], 'now'>;

/** Told once, when it begins. */
async function uncertain(store: Store, turn: Turn, attempt: Attempt, why: Uncertainty): Promise<Outcome | null> {
  await leaveUncertain(store, attempt, { ...why, now: turn.now() });
  const { draftId, text, status, tries } = attempt;
  return status === 'publishing' && tries === 1 ? { kind: 'uncertain', draftId, text, reason: why.reason } : null;
}

async function lookedInVain(store: Store, turn: Turn, attempt: Attempt, error: WorldError): Promise<Outcome | null> {
  const failedLooks = attempt.failedLooks + 1;
  const waitMs = Math.max(Math.min(MINUTE * 2 ** (failedLooks - 1), 15 * MINUTE), error.retryAfterMs ?? 0);
  const lookAt = new Date(turn.now().getTime() + waitMs);
  return uncertain(store, turn, attempt, { reason: attempt.error ?? error.message, lookAt, failedLooks });
}

async function give(store: Store, turn: Turn, attempt: Attempt, found: string): Promise<Outcome> {
  const { draftId, text, error } = attempt;
  const reason = error === null || found.includes(error) ? found : `${found}; the last answer: ${error}`;
  await hold(store, attempt, reason, turn.now());
  return { kind: 'held', draftId, text, reason };
}

const serverOf = ({ server, network }: Turn) => server ?? network.name;

function troubled(turn: Turn) {
  return { persona: turn.persona, server: serverOf(turn), files: turn.files ?? '', now: turn.now() };
}
