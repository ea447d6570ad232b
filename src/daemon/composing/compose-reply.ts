/** Answers the next mention: reads its thread, asks once more whether to answer at all, and writes a draft as for a post. */
import type { Turn } from '../../corpus/document.ts';
import { WorldError } from '../../errors.ts';
import { isForAll, isSummonedOnX, whyNever, whyNotHere } from '../../listening/manners.ts';
import { hasOptedOut } from '../../listening/opt-outs.ts';
import { passOver } from '../../listening/pass-over.ts';
import { remembered } from '../../listening/remembered.ts';
import { turnsOf } from '../../listening/turns-of.ts';
import {
  conversationOf,
  countReplies,
  earlierWords,
  markAnswered,
  nextMention,
  putOff,
  repliesByAuthor,
  type WaitingRow,
} from '../../listening/waiting.ts';
import { AccountError, type Network, type ThreadPost } from '../../publishing/network.ts';
import { createDraft, recordSilence } from '../../queue/create-draft.ts';
import { transaction } from '../../store/store.ts';
import { type Composed, type Composing, requestFor, type WrittenOffer, whyNone, writeAnswer } from './compose-draft.ts';

export interface Replying extends Composing {
  readonly network: Pick<Network, 'name' | 'thread' | 'namesWhomItAnswers'>;
}

interface Asking extends Pick<Replying, 'store' | 'persona' | 'network' | 'now'> {
  /** Its owner said so; else it answers no bot. */
  readonly answersBots?: boolean;
}

export type Replied = Composed | { readonly kind: 'not answered'; readonly reason: string };

/** A mention that gets an answer, with what it is in answer to. */
export interface ToReply {
  readonly mention: WaitingRow;
  readonly thread: readonly ThreadPost[];
  readonly turns: readonly Turn[];
  readonly conversationId: number;
  /** Stands before the reply. */
  readonly address: string;
}

/** null where nothing waits for an answer now. @throws WorldError when the thread cannot be read now; the mention waits. */
export async function replyNext(replying: Replying): Promise<Replied | null> {
  const next = await nextToReply(replying);
  return next === null || 'kind' in next ? next : composeReply(replying, next);
}

/** The half that asks the network: what to answer, and whether to. */
export async function nextToReply(
  replying: Pick<Replying, 'store' | 'persona' | 'network' | 'now'>,
): Promise<ToReply | Replied | null> {
  const { store, persona, network, now } = replying;
  const mention = await nextMention(store, persona, now());
  if (mention === null) return null;
  const thread = await readThread(replying, mention);
  const conversationId =
    thread.length > 0 ? await conversationOf(store, { ...mention, thread, now: now() }) : mention.conversation_id;
  const reason = await whyNot(replying, mention, thread, conversationId);
  const before = persona.replies.remember ? await remembered(store, mention, conversationId) : [];
  const turns = thread.length > 0 ? turnsOf([...before, ...thread], persona) : [];
  if (reason !== null || turns.length === 0 || conversationId === null) {
    const because = reason ?? 'it says nothing that can be answered';
    await passOver(store, [mention.id], because);
    return { kind: 'not answered', reason: because };
  }
  const address = network.namesWhomItAnswers ? `${mention.author_name} ` : '';
  return { mention, thread, turns, conversationId, address };
}

/** The half that asks the model. */
export async function composeReply(composing: Composing, next: ToReply): Promise<Replied> {
  const { store, persona, now } = composing;
  const request = {
    ...requestFor(persona, '', composing.random),
    context: next.turns,
    address: next.address,
    allow: { ...persona.allow, mentions: [] }, // a reply speaks to one person, and names nobody else
  };
  const offer = await writeAnswer(composing, request);
  const { round, candidates } = offer;
  if (!candidates.some(({ kept }) => kept)) {
    const silence = { persona: persona.name, outcome: 'none passed', reason: whyNone(candidates), now: now() } as const;
    await recordSilence(store, { ...silence, round, candidates });
    await putOff(store, next.mention, 'nothing that was written in answer passed every gate', now());
    return { kind: 'none passed', reason: silence.reason };
  }
  return queueReply(composing, next, offer);
}

/** Empty where the post is gone. One that cannot be read now lets the others go first. */
async function readThread(
  { network, store, now }: Pick<Replying, 'network' | 'store' | 'now'>,
  mention: WaitingRow,
): Promise<readonly ThreadPost[]> {
  try {
    return await network.thread(mention.post_id);
  } catch (error) {
    if (!(error instanceof WorldError) || error instanceof AccountError) throw error;
    if (!error.retryable) return [];
    await putOff(store, { ...mention, tries: 0 }, '', now());
    throw error;
  }
}

/** Why a mention gets no answer after all, now that its thread is read; null: it does. */
export async function whyNot(
  { store, persona, network, now, answersBots = false }: Asking,
  mention: WaitingRow,
  thread: readonly ThreadPost[],
  conversationId: number | null,
): Promise<string | null> {
  const post = thread.at(-1);
  if (post === undefined || post.id !== mention.post_id || conversationId === null) return 'the post is gone';
  const { account, author_id: authorId } = mention;
  const who = { persona: persona.name, account, authorId, authorName: post.author.name };
  const { expireAfterMs, perThread, perPerson } = persona.schedule.replies;
  const never = whyNever(post, {
    now: now(),
    expireAfterMs,
    hasOptedOut: await hasOptedOut(store, who),
    answersBots,
  });
  if (never !== null) return never;
  if (network.name === 'x' && !isSummonedOnX(thread)) return 'it was not spoken to, only named among others';
  if (network.name === 'x' && !isForAll(thread)) return 'only some may see it, and on X all would see the answer';
  return whyNotHere({
    thread,
    perThread,
    perPerson,
    replies: await countReplies(store, persona.name, { conversationId }),
    repliesToAuthor: (await repliesByAuthor(store, persona.name, now())).get(authorId) ?? 0,
    earlier: await earlierWords(store, mention),
  });
}

/** Draft and mention together; nothing, where its author has asked meanwhile not to be answered. */
async function queueReply(
  { store, persona, now }: Composing,
  { mention, thread, conversationId }: ToReply,
  { round, candidates, blind, notes }: WrittenOffer,
): Promise<Replied> {
  const dueAt = now();
  return transaction(store, async (inside) => {
    const { status } = await inside.db
      .selectFrom('mentions')
      .select('status')
      .where('id', '=', mention.id)
      .executeTakeFirstOrThrow();
    if (status !== 'waiting') return { kind: 'not answered', reason: 'it was settled while the answer was written' };
    const draftId = await createDraft(inside, {
      persona: persona.name,
      kind: 'reply',
      prompt: null,
      dueAt,
      inReplyTo: mention.post_id,
      audience: mention.visibility,
      round,
      candidates,
      blind,
      now: now(),
    });
    await markAnswered(inside, mention.id, { draftId, conversationId, thread });
    return { kind: 'queued', draftId, dueAt, candidates: candidates.filter(({ kept }) => kept).length, notes };
  });
}
