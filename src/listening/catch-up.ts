/** Takes in who spoke to a persona since it last listened. Decides of each whether it may be answered, and answers none. */
import type { Persona } from '../persona/persona.ts';
import type { Mention, Network, ThreadPost } from '../publishing/network.ts';
import { type Store, transaction } from '../store/store.ts';
import { asksToStop } from './asks-to-stop.ts';
import { whyNever } from './manners.ts';
import { type Addressed, keptText, mentionRow } from './mention-row.ts';
import { hasOptedOut, optOut } from './opt-outs.ts';
import { passOver } from './pass-over.ts';

export interface Hearing {
  readonly store: Store;
  readonly persona: Pick<Persona, 'name' | 'schedule'>;
  readonly network: Pick<Network, 'mentions'>;
  /** By a name that no other account has. */
  readonly account: string;
  readonly now: () => Date;
}

export interface Heard {
  readonly kind: 'heard';
  readonly mentions: number;
  /** Those of them that may be answered. */
  readonly waiting: number;
  /** Why the others are not, and how often. */
  readonly passedOver: Readonly<Record<string, number>>;
  /** Of which something is missing, so that nobody can tell what was said. */
  readonly unreadable?: number;
}

/** Stored at once; between two of them another process may write. */
const BATCH = 50;
/** Of a flood, what is taken in before the other jobs have their turn. */
const MOST_A_PASS = 500;
/** Of what waits, the newest so many are kept: nobody waits a day for an answer from a bot. */
const MOST_WAITING = 200;

/** @throws WorldError when the network cannot be asked; what was read until then is kept. */
export async function catchUp(hearing: Hearing): Promise<Heard> {
  const { store, persona, network, account } = hearing;
  const before = await store.db
    .selectFrom('listening')
    .selectAll()
    .where('persona', '=', persona.name)
    .executeTakeFirst();
  const since = before?.account === account ? before.cursor : null;
  // What is said while it reads may be missed: it counts as said afterwards.
  const lookedAt = hearing.now();
  const heard = { mentions: 0, waiting: 0, passedOver: {} as Record<string, number> };
  let unreadable = 0;
  let batch: Mention[] = [];
  let cursor = since;
  let count = 0;
  const keep = async (isAll: boolean) => {
    cursor = batch.at(-1)?.cursor ?? cursor;
    for (const taken of await takeIn(hearing, batch, { cursor, lookedAt: isAll ? lookedAt : null })) {
      heard.mentions++;
      if (taken === null) heard.waiting++;
      else heard.passedOver[taken] = (heard.passedOver[taken] ?? 0) + 1;
    }
    batch = [];
  };
  for await (const mention of network.mentions(since, () => void unreadable++)) {
    batch.push(mention);
    if (batch.length >= BATCH) await keep(false);
    if (++count >= MOST_A_PASS) break;
  }
  await keep(count < MOST_A_PASS);
  return { kind: 'heard', ...heard, ...(unreadable > 0 && { unreadable }) };
}

/** Together with how far was read, so that a crash loses none and takes none in twice. Returns why each new one is passed over. */
async function takeIn(
  { store, persona, account, now }: Hearing,
  mentions: readonly Mention[],
  { cursor, lookedAt }: { readonly cursor: string | null; readonly lookedAt: Date | null },
): Promise<readonly (string | null)[]> {
  return transaction(store, async (inside) => {
    const reasons: (string | null)[] = [];
    for (const { post } of mentions) {
      const reason = await firstLook(inside, { persona, account, now: now() }, post);
      if (await insert(inside, { persona: persona.name, account, post, reason, now: now() })) reasons.push(reason);
    }
    await dropOverflow(inside, persona);
    const row = { account, cursor, looked_at: lookedAt?.toISOString() ?? null };
    await inside.db
      .insertInto('listening')
      .values({ persona: persona.name, ...row })
      .onConflict((conflict) => conflict.column('persona').doUpdateSet(row))
      .execute();
    return reasons;
  });
}

type Listener = Pick<Hearing, 'persona' | 'account'> & { readonly now: Date };

async function firstLook(store: Store, { persona, account, now }: Listener, post: ThreadPost): Promise<string | null> {
  const { author } = post;
  const who = { persona: persona.name, account, authorId: author.id, authorName: author.name };
  if (!post.isOwn && asksToStop(post.text)) {
    await optOut(store, who, now);
    return 'its author asked not to be answered';
  }
  const { expireAfterMs } = persona.schedule.replies;
  return whyNever(post, { now, expireAfterMs, hasOptedOut: await hasOptedOut(store, who) });
}

interface NewMention extends Addressed {
  readonly reason: string | null;
}

/** False where it is known: whatever a network tells twice is taken in once. */
async function insert({ db }: Store, { persona, account, post, reason, now }: NewMention): Promise<boolean> {
  const { numInsertedOrUpdatedRows = 0n } = await db
    .insertInto('mentions')
    .values({
      ...mentionRow({ persona, account, post, now }),
      status: reason === null ? 'waiting' : 'passed over',
      reason,
      text: reason === null ? keptText(post) : null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** More from one person than will be answered in a day, and the oldest of more than will be answered at all. */
async function dropOverflow(store: Store, persona: Hearing['persona']): Promise<void> {
  const waiting = await store.db
    .selectFrom('mentions')
    .select(['id', 'author_id'])
    .where('persona', '=', persona.name)
    .where('status', '=', 'waiting')
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  const { perPerson } = persona.schedule.replies;
  const ofOne = new Map<string, number>();
  const flooded: number[] = [];
  for (const { id, author_id } of waiting.toReversed()) {
    const count = (ofOne.get(author_id) ?? 0) + 1;
    ofOne.set(author_id, count);
    if (count > perPerson) flooded.push(id);
  }
  await passOver(store, flooded, 'its author said too much at once');
  const rest = waiting.filter(({ id }) => !flooded.includes(id));
  const late = rest.slice(MOST_WAITING).map(({ id }) => id);
  await passOver(store, late, 'too many spoke at once');
}
