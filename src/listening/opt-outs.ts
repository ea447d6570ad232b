/** Those who asked not to be answered: kept for good, and what was meant for them does not go out. */
import { sql } from 'kysely';
import { UserError } from '../errors.ts';
import { move } from '../queue/status.ts';
import { type Store, transaction } from '../store/store.ts';

export interface OptOut {
  readonly persona: string;
  readonly account: string;
  readonly authorId: string;
  readonly authorName: string;
}

/** By id, and by name: an account may have moved to another server and back. */
export async function hasOptedOut({ db }: Store, { persona, account, authorId, authorName }: OptOut): Promise<boolean> {
  const row = await db
    .selectFrom('opt_outs')
    .select('at')
    .where('persona', '=', persona)
    .where(({ eb, and, or }) =>
      or([
        and([eb('account', '=', account), eb('author_id', '=', authorId)]),
        eb('author_name', '=', authorName),
        isNamed(authorName), // as a person wrote it
      ]),
    )
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Nothing more is answered, and replies that wait or are approved are withdrawn; one that is being sent is not stopped, but it is not sent again. */
export async function optOut(store: Store, who: OptOut, now: Date): Promise<void> {
  await transaction(store, async (inside) => {
    const { persona, account, authorId, authorName } = who;
    await inside.db
      .insertInto('opt_outs')
      .values({ persona, account, author_id: authorId, author_name: authorName, at: now.toISOString() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const reason = `${authorName} asked not to be answered`;
    await inside.db
      .updateTable('mentions')
      .set({ status: 'passed over', reason: 'its author asked not to be answered', text: null })
      .where('persona', '=', persona)
      .where('author_name', '=', authorName)
      .where('status', '=', 'waiting')
      .execute();
    const drafts = await inside.db
      .selectFrom('mentions')
      .innerJoin('drafts', 'drafts.id', 'mentions.draft_id')
      .select(['drafts.id', 'drafts.status'])
      .where('mentions.persona', '=', persona)
      .where('mentions.author_name', '=', authorName)
      .where('drafts.status', 'in', ['pending', 'approved', 'failed'])
      .execute();
    for (const { id, status } of drafts) {
      const to = status === 'pending' ? 'expired' : 'rejected';
      await move(inside, id, { from: status, to }, { reason, decided_at: now.toISOString() });
    }
  });
}

/** By its owner's word: somebody asked by another way than a message. @throws UserError when the name is none. */
export async function optOutByName(store: Store, persona: string, named: string, now: Date): Promise<string> {
  const authorName = nameIn(named);
  const known = await store.db
    .selectFrom('mentions')
    .select(['account', 'author_id', 'author_name'])
    .where('persona', '=', persona)
    .where(isNamed(authorName))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  // Of one who never spoke to it the name is all that is known, and it is by the name that they are known again.
  const who = known
    ? { persona, account: known.account, authorId: known.author_id, authorName: known.author_name }
    : { persona, account: '', authorId: authorName, authorName };
  await optOut(store, who, now);
  return who.authorName;
}

export interface OptedOut {
  readonly name: string;
  /** ISO 8601 in UTC. */
  readonly since: string;
}

/** Oldest first. */
export async function readOptOuts({ db }: Store, persona: string): Promise<readonly OptedOut[]> {
  const rows = await db
    .selectFrom('opt_outs')
    .select(['author_name as name', 'at as since'])
    .where('persona', '=', persona)
    .orderBy('at')
    .orderBy('author_name')
    .execute();
  return rows;
}

/** They may be answered again, from what they say next on; what was withdrawn stays so. False: they are not on the list. */
export async function takeBackOptOut({ db }: Store, persona: string, named: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('opt_outs')
    .where('persona', '=', persona)
    .where(isNamed(nameIn(named)))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Capitals do not count. */
const isNamed = (name: string) => sql<boolean>`lower(author_name) = lower(${name})`;

/** As networks tell it, with or without the first `@`. */
function nameIn(named: string): string {
  const name = named.trim().replace(/^@/, '');
  if (/^[^\s@]+(@[^\s@]+)?$/.test(name)) return `@${name}`;
  throw new UserError(`Expected a name such as @bob@example.social, found ${JSON.stringify(named)}`, {
    hint: 'See who is on the list: eidolon account opt-outs NAME',
  });
}
