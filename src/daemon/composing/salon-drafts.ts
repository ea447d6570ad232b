/** The next turn of a salon on accounts: an answer to what another persona has posted, by the ordinary way of replies. */
import { UserError, WorldError } from '../../errors.ts';
import { keptText, mentionRow } from '../../listening/mention-row.ts';
import { passOver } from '../../listening/pass-over.ts';
import { turnsOf } from '../../listening/turns-of.ts';
import { conversationOf, isHourFull, type WaitingRow } from '../../listening/waiting.ts';
import type { Persona } from '../../persona/persona.ts';
import type { Network, ThreadPost } from '../../publishing/network.ts';
import { accountNetwork } from '../../publishing/networks.ts';
import { type Draft, getDraft } from '../../queue/draft.ts';
import { composeReply, whyNot } from './compose-reply.ts';
import type { Conversing } from './rank-replies.ts';

export type SalonSpeaker = Omit<Conversing, 'random'>;

/** @throws UserError where one of them could not see, by its id, what another posts. */
export function sameNetwork(personas: readonly Persona[]): void {
  const places = new Set(
    personas.map(({ account }) => (account.network === 'mastodon' ? `mastodon at ${account.server}` : account.network)),
  );
  if (places.size === 1) return;
  throw new UserError(`Expected accounts on one network to talk to each other, found ${[...places].join(', ')}`, {
    hint: 'On Mastodon they must be on one server too; or leave --accounts out',
  });
}

/** Of a thread that the network shows late it is asked again. */
const LATE_MS = 10 * 60_000;

/**
 * A pending draft that answers a published one of another persona, within all that bounds a reply to anybody: who asked for no answers gets none, and so
 * many are given in an hour, in a thread and to one account. Only that bots are not answered holds not: their owner asked for it. The daemon, who may hear
 * of the post as well, leaves it alone.
 * @param among the personas of the salon @throws UserError where the persona gives no answer
 */
export async function turnOnAccount(speaker: SalonSpeaker, posted: Draft, among: readonly string[]): Promise<Draft> {
  const { store, persona, home, now } = speaker;
  const network = await accountNetwork({ home, persona, store, now });
  const thread = await readThread(network, posted);
  await refuseStrangers(speaker, { posted, thread, among });
  const post = thread.at(-1)!;
  const account = await network.identity();
  const conversationId = await conversationOf(store, { persona: persona.name, account, thread, now: now() });
  const mention = await summon(speaker, { account, post });
  const turns = turnsOf(thread, persona);
  const reason =
    (await whyNot({ ...speaker, network, answersBots: true }, mention, thread, conversationId)) ??
    (turns.length === 0 ? 'it says nothing that can be answered' : null);
  if (reason !== null) {
    await passOver(store, [mention.id], reason);
    throw new UserError(`The salon ends: ${persona.name} does not answer draft ${posted.id}, ${reason}`, {
      hint: 'A salon keeps within schedule.replies of each persona.yaml, as any reply does',
    });
  }
  const address = network.namesWhomItAnswers ? `${post.author.name} ` : '';
  const composed = await composeReply(
    { ...speaker, random: Math.random },
    { mention, thread, turns, conversationId, address },
  );
  if ('draftId' in composed) return getDraft(store, composed.draftId);
  throw new UserError(`The salon ends: ${persona.name} found no answer, ${composed.reason}`, {
    hint: `To try again: --from ${posted.id}`,
  });
}

/** Whether the persona may write a reply now: an hour has so many. @throws UserError where it answers nobody. */
export async function mayAnswerNow({ store, persona, now }: SalonSpeaker): Promise<boolean> {
  if (persona.schedule.replies.perHour === 0) {
    throw new UserError(`${persona.name} answers nobody (schedule.replies.perHour: 0)`);
  }
  return !(await isHourFull(store, persona, now()));
}

/** Who else takes part in a thread asked for no salon, and some networks tell them of each turn. */
async function refuseStrangers(
  { store }: SalonSpeaker,
  {
    posted,
    thread,
    among,
  }: { readonly posted: Draft; readonly thread: readonly ThreadPost[]; readonly among: readonly string[] },
): Promise<void> {
  const rows = await store.db
    .selectFrom('drafts')
    .select('post_id')
    .where('persona', 'in', among)
    .where(
      'post_id',
      'in',
      thread.map(({ id }) => id),
    )
    .execute();
  const known = new Set([posted.postId, ...rows.map(({ post_id }) => post_id)]);
  const authors = new Set(thread.filter(({ id, isOwn }) => isOwn || known.has(id)).map(({ author }) => author.id));
  const stranger = thread.find(({ author }) => !authors.has(author.id));
  if (stranger === undefined) return;
  throw new UserError(`The salon ends: ${stranger.author.name} takes part in the thread of draft ${posted.id}`, {
    hint: 'Personas talk to each other in threads of their own; what people say to them is answered by eidolon start',
  });
}

async function readThread(network: Network, { id, postId }: Draft): Promise<readonly ThreadPost[]> {
  const thread = await network.thread(postId!);
  if (thread.at(-1)?.id === postId) return thread;
  throw new WorldError(`${network.name} does not show what draft ${id} posted`, {
    retryable: true,
    retryAfterMs: LATE_MS,
  });
}

/** The post as something that waits for this persona's answer, and that nobody else gives. */
async function summon(
  { store, persona, now }: SalonSpeaker,
  { account, post }: { readonly account: string; readonly post: ThreadPost },
): Promise<WaitingRow> {
  const waiting = {
    status: 'waiting',
    reason: null,
    text: keptText(post),
    retry_at: new Date(now().getTime() + 3_600_000).toISOString(),
  } as const;
  const row = await store.db
    .insertInto('mentions')
    .values({
      ...mentionRow({ persona: persona.name, account, post, now: now() }),
      ...waiting,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['persona', 'account', 'post_id'])
        .doUpdateSet(waiting)
        .where('mentions.status', '<>', 'answered'),
    )
    .returningAll()
    .executeTakeFirst();
  if (row) return row;
  throw new UserError(`${persona.name} has answered that post already`, { hint: 'Go on from its answer: --from' });
}
