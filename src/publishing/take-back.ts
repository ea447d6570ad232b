/** What its owner does to a post that is there: takes it back from the network, or puts it into other words. */
import { UserError } from '../errors.ts';
import { type Draft, getDraft } from '../queue/draft.ts';
import { move } from '../queue/status.ts';
import { type Store, transaction } from '../store/store.ts';
import { type PostedPart, postedParts } from './attempts.ts';
import type { Network, PostOptions } from './network.ts';
import { asWriter } from './writer.ts';

export interface PostedTurn {
  readonly network: Network;
  readonly now: () => Date;
}

/** Whether there is something of it on its network, whole or in part. */
export async function isPosted(store: Store, draft: Draft): Promise<boolean> {
  return draft.status === 'published' || (await postedParts(store, draft.id)).length > 0;
}

/**
 * Removes a draft's posts from its network, the last of a thread first, and makes it pending again. Stopped half-way, it
 * may be done again: what is gone stays gone.
 * @throws UserError when it is not posted, or nobody can tell; WorldError when the network does not do it.
 */
export async function takeBack(store: Store, draftId: number, { network, now }: PostedTurn): Promise<Draft> {
  const account = await network.identity();
  const done = await asWriter(store, { account, now }, async () => {
    const { draft, parts } = await postedDraft(store, draftId);
    refuseUnknown(draft, parts, account);
    for (const part of parts.toReversed()) {
      await network.remove(part.id);
      await store.db
        .updateTable('attempts')
        .set({ removed_at: now().toISOString() })
        .where('id', '=', part.attemptId)
        .execute();
    }
    return transaction(store, async (inside) => {
      const nothing = { candidate_id: null, text: null, reason: null };
      const at = now().toISOString();
      await inside.db
        .insertInto('decisions')
        .values({ draft_id: draftId, ...nothing, action: 'undone', at })
        .execute();
      const won = await move(inside, draftId, { from: draft.status, to: 'pending' }, UNPOSTED);
      if (!won) throw new Error(`Draft ${draftId} moved while its account had another writer`);
      return getDraft(inside, draftId);
    });
  });
  if (done !== 'busy') return done;
  throw busy(draftId);
}

const UNPOSTED = {
  text: null,
  candidate_id: null,
  url: null,
  post_id: null,
  reason: null,
  parts: null,
  publish_at: null,
  decided_at: null,
  published_at: null,
} as const;

/**
 * Puts a post into other words where its network can do that; as often as it is done, the post is the same one.
 * @throws UserError when its network cannot, or it is a thread.
 */
export async function editPosted(store: Store, draftId: number, text: string, turn: PostedTurn): Promise<Draft> {
  const { network, now } = turn;
  if (!network.edit) {
    throw new UserError(`${network.name} lets no program put a post into other words`, {
      hint: `Take it back and post it anew: eidolon queue undo ${draftId}, then eidolon queue edit ${draftId}`,
    });
  }
  const edit = network.edit.bind(network);
  const account = await network.identity();
  const done = await asWriter(store, { account, now }, async () => {
    const { draft, parts } = await postedDraft(store, draftId);
    refuseUnknown(draft, parts, account);
    const [post, ...more] = parts;
    if (!post || more.length > 0 || draft.status !== 'published') {
      throw new UserError(`Draft ${draftId} is a thread: its posts cannot be put into other words`, {
        hint: `Take it back: eidolon queue undo ${draftId}`,
      });
    }
    await edit(post.id, { text, options: await optionsOf(store, post) });
    return transaction(store, async (inside) => {
      const decision = { action: 'edited', text, candidate_id: draft.candidateId, reason: null } as const;
      await inside.db
        .insertInto('decisions')
        .values({ draft_id: draftId, ...decision, at: now().toISOString() })
        .execute();
      await inside.db.updateTable('drafts').set({ text }).where('id', '=', draftId).execute();
      return getDraft(inside, draftId);
    });
  });
  if (done !== 'busy') return done;
  throw busy(draftId);
}

async function optionsOf({ db }: Store, { attemptId }: PostedPart): Promise<PostOptions> {
  const row = await db.selectFrom('attempts').select('options').where('id', '=', attemptId).executeTakeFirstOrThrow();
  return JSON.parse(row.options);
}

async function postedDraft(store: Store, draftId: number) {
  const draft = await getDraft(store, draftId);
  const parts = await postedParts(store, draftId);
  const isQuiet = draft.status === 'published' || draft.status === 'approved' || draft.status === 'failed';
  if (isQuiet && parts.length > 0) return { draft, parts };
  if (draft.status === 'published' && (await isGone(store, draftId))) return { draft, parts };
  const found = isQuiet ? 'nothing of it is known to be there' : `it is ${draft.status}`;
  throw new UserError(`Draft ${draftId}: expected one that is posted, but ${found}`, {
    hint: `See: eidolon why ${draftId}`,
  });
}

/** Whether it was removed already, by a program that ended before it could say so. */
async function isGone({ db }: Store, draftId: number): Promise<boolean> {
  const removed = db.selectFrom('attempts').select('id').where('draft_id', '=', draftId);
  return (await removed.where('removed_at', 'is not', null).limit(1).executeTakeFirst()) !== undefined;
}

/** Of a post that its owner found, only the address is known; and a persona may have moved to another account since. */
function refuseUnknown({ id }: Draft, parts: readonly PostedPart[], account: string): void {
  const strange = parts.find((part) => part.account !== account || /^https?:/.test(part.id));
  if (!strange) return;
  const why = strange.account === account ? 'only its address is known' : 'it is of another account';
  throw new UserError(`Draft ${id} is posted at ${strange.url}, and ${why}`, {
    hint: 'Delete or change it there by hand',
  });
}

function busy(draftId: number): UserError {
  return new UserError(`Draft ${draftId}: something is being posted to its account just now`, {
    hint: 'Try again in a minute',
  });
}
