/** Who spoke with a persona, and what was said, by conversation. Each person's words stay with that person: another's are never among them. */
import type { Turn } from '../corpus/document.ts';
import { move } from '../queue/status.ts';
import { saidBefore } from '../scoring/said-before.ts';
import { forgetForGood } from '../store/forget-for-good.ts';
import type { Store } from '../store/store.ts';
import { readKeptThread } from './kept-thread.ts';

export interface Person {
  readonly persona: string;
  /** The account of the persona that they spoke to, and by which id they are known there: two of one name are two. */
  readonly account: string;
  readonly id: string;
  /** The newest by which they were seen. */
  readonly name: string;
  readonly first: string;
  readonly last: string;
  readonly conversations: number;
  readonly spoke: number;
  /** Replies that were posted. */
  readonly answered: number;
  readonly optedOut: boolean;
}

/** Who spoke last comes first. What was forgotten is nobody's. */
export async function readPeople({ db }: Store, persona?: string): Promise<readonly Person[]> {
  let rows = db
    .selectFrom('mentions')
    .leftJoin('drafts', 'drafts.id', 'mentions.draft_id')
    .select(['mentions.persona', 'mentions.account', 'mentions.author_id as id'])
    .select(({ fn }) => [
      fn.min('mentions.at').as('first'),
      fn.max('mentions.at').as('last'),
      fn.countAll<number>().as('spoke'),
      fn.count<number>('mentions.conversation_id').distinct().as('conversations'),
      fn.count<number>('drafts.published_at').as('answered'),
    ])
    .select(({ selectFrom }) =>
      selectFrom('mentions as newest')
        .select('newest.author_name')
        .whereRef('newest.persona', '=', 'mentions.persona')
        .whereRef('newest.account', '=', 'mentions.account')
        .whereRef('newest.author_id', '=', 'mentions.author_id')
        .orderBy('newest.id', 'desc')
        .limit(1)
        .as('name'),
    )
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom('opt_outs')
          .select('opt_outs.at')
          .whereRef('opt_outs.persona', '=', 'mentions.persona')
          .whereRef('opt_outs.account', '=', 'mentions.account')
          .whereRef('opt_outs.author_id', '=', 'mentions.author_id'),
      ).as('optedOut'),
    )
    .where('mentions.author_id', '<>', FORGOTTEN)
    .groupBy(['mentions.persona', 'mentions.account', 'mentions.author_id'])
    .orderBy('last', 'desc')
    .orderBy('mentions.author_id');
  if (persona !== undefined) rows = rows.where('mentions.persona', '=', persona);
  return (await rows.execute()).map((row) => ({
    ...row,
    name: row.name ?? '',
    conversations: Number(row.conversations),
    spoke: Number(row.spoke),
    answered: Number(row.answered),
    optedOut: Boolean(row.optedOut),
  }));
}

/** By name, with or without its @, in any case; `bob` finds `@bob@example.social` too, where no one is called just that. */
export function peopleNamed<One extends Person>(people: readonly One[], named: string): readonly One[] {
  const wanted = named.trim().replace(/^@/, '').toLowerCase();
  const plain = ({ name }: One) => name.replace(/^@/, '').toLowerCase();
  const exact = people.filter((person) => plain(person) === wanted || person.id === named);
  return exact.length > 0 ? exact : people.filter((person) => plain(person).split('@')[0] === wanted);
}

export interface Talk {
  /** By its number, or in `eidolon chat` its name; null of what was passed over before its thread was read. */
  readonly conversation: number | string | null;
  /** Oldest first; the persona's answers after what they answer. */
  readonly said: readonly Words[];
}

export interface Words {
  readonly by: 'them' | 'persona';
  /** Null of words that were not kept: they were passed over. */
  readonly text: string | null;
  readonly at: string;
  readonly url: string | null;
  /** Of theirs, why it got no answer; of an answer that is not posted, how it stands. */
  readonly note: string | null;
}

type Who = Pick<Person, 'persona' | 'account' | 'id'>;

/** What one person and the persona said to each other, the newest conversation last. */
export async function talksWith({ db }: Store, { persona, account, id }: Who): Promise<readonly Talk[]> {
  const rows = await db
    .selectFrom('mentions')
    .leftJoin('drafts', 'drafts.id', 'mentions.draft_id')
    .select([
      'mentions.conversation_id as conversation',
      'mentions.text',
      'mentions.at',
      'mentions.url',
      'mentions.reason',
    ])
    .select(['drafts.text as answer', 'drafts.status', 'drafts.published_at', 'drafts.url as answerUrl'])
    .where('mentions.persona', '=', persona)
    .where('mentions.account', '=', account)
    .where('mentions.author_id', '=', id)
    .orderBy('mentions.at')
    .orderBy('mentions.id')
    .execute();
  return [...Map.groupBy(rows, ({ conversation }) => conversation)].map(([conversation, all]) => ({
    conversation,
    said: all.flatMap((row): Words[] => [
      { by: 'them', text: row.text, at: row.at, url: row.url, note: row.reason },
      ...(row.answer === null || row.status === null
        ? []
        : [
            {
              by: 'persona' as const,
              text: row.answer,
              at: row.published_at ?? row.at,
              url: row.answerUrl,
              note: row.status === 'published' ? null : row.status,
            },
          ]),
    ]),
  }));
}

export interface FoundWords extends Words {
  readonly person: Person;
}

/** Where these words were said, by them or to them, in any case. Newest first. */
export async function findWords(store: Store, words: string, persona?: string): Promise<readonly FoundWords[]> {
  const found: FoundWords[] = [];
  for (const person of await readPeople(store, persona)) {
    found.push(...saidIn(await talksWith(store, person), words).map((one) => ({ ...one, person })));
  }
  return found.toSorted((a, b) => (a.at < b.at ? 1 : -1));
}

/** Those that hold these words, in any case. */
export function saidIn(talks: readonly Talk[], words: string): readonly Words[] {
  const plain = (text: string) => text.normalize('NFKC').toLowerCase();
  const wanted = plain(words).trim();
  return talks.flatMap(({ said }) => said.filter(({ text }) => text !== null && plain(text).includes(wanted)));
}

/** Stands for who was forgotten: that somebody was answered stays known, so that nobody is answered twice. */
const FORGOTTEN = '';

export interface Forgotten {
  readonly posts: number;
  /** Replies that waited or were approved, and do not go out. */
  readonly withdrawn: number;
}

/**
 * Takes all that one person said to the persona out of the store, and who they are: their posts, also in the threads of others; what a
 * model was given to read of them; the replies that were not posted. What the persona posted stays, as its own words do on the
 * network. Of one who asked not to be answered that stays, or they would be answered.
 */
export async function forgetPerson(store: Store, who: Person, now: Date): Promise<Forgotten> {
  return forgetForGood(store, async (inside) => {
    const { db } = inside;
    const theirs = await db
      .selectFrom('mentions')
      .leftJoin('drafts', 'drafts.id', 'mentions.draft_id')
      .select(['mentions.id', 'mentions.author_name as name', 'mentions.draft_id as draft', 'drafts.status'])
      .where('mentions.persona', '=', who.persona)
      .where('mentions.account', '=', who.account)
      .where('mentions.author_id', '=', who.id)
      .execute();
    const withdrawn = await withdraw(inside, theirs, now);
    await forgetAnswers(
      inside,
      who.persona,
      theirs.flatMap(({ draft }) => draft ?? []),
    );
    await forgetInThreads(inside, who, new Set(theirs.map(({ name }) => name)));
    for (const { id, status } of theirs) {
      const gone = { author_id: FORGOTTEN, author_name: FORGOTTEN, url: '', text: null, thread: '[]', retry_at: null };
      const over = status === null ? ({ status: 'passed over', reason: 'its author is forgotten' } as const) : {};
      await db
        .updateTable('mentions')
        .set({ ...gone, ...over })
        .where('id', '=', id)
        .execute();
    }
    return { posts: theirs.length, withdrawn };
  });
}

async function withdraw(
  store: Store,
  theirs: readonly { readonly draft: number | null; readonly status: string | null }[],
  now: Date,
): Promise<number> {
  let count = 0;
  const patch = { reason: 'who it answers is forgotten', decided_at: now.toISOString() };
  for (const { draft, status } of theirs) {
    if (draft === null || (status !== 'pending' && status !== 'approved' && status !== 'failed')) continue;
    const to = status === 'pending' ? 'expired' : 'rejected';
    if (await move(store, draft, { from: status, to }, patch)) count++;
  }
  return count;
}

/** What was written to them and is not posted, and what the model was given to read of them: of answers that came to nothing, too, which nobody's name is on. */
async function forgetAnswers({ db }: Store, persona: string, drafts: readonly number[]): Promise<void> {
  const rounds = await db
    .selectFrom('rounds')
    .select(['id', 'request'])
    .where('persona', '=', persona)
    .where(({ eb, or }) => or([eb('draft_id', 'in', drafts), eb('draft_id', 'is', null)]))
    .execute();
  for (const { id, request } of rounds) {
    const { context, address: _, ...rest } = JSON.parse(request);
    if (context === undefined) continue;
    await db
      .updateTable('rounds')
      .set({ request: JSON.stringify(rest) })
      .where('id', '=', id)
      .execute();
    await db
      .updateTable('candidates')
      .set({ text: '', raw_text: '', because: null })
      .where('round_id', '=', id)
      .where('id', 'not in', ({ selectFrom }) =>
        selectFrom('drafts')
          .select('candidate_id')
          .where('candidate_id', 'is not', null)
          .where('status', 'in', ['published', 'publishing', 'uncertain'])
          .$castTo<{ candidate_id: number }>(),
      )
      .execute();
  }
}

/** Of what others were answered in threads where they spoke as well: their posts, there and in what the model was given to read. */
async function forgetInThreads({ db }: Store, who: Who, names: ReadonlySet<string>): Promise<void> {
  const rows = await db
    .selectFrom('mentions')
    .select(['id', 'draft_id', 'thread'])
    .where('persona', '=', who.persona)
    .where('account', '=', who.account)
    .where('author_id', '<>', who.id)
    .where('thread', '<>', '[]')
    .execute();
  for (const { id, draft_id, thread } of rows) {
    const posts = readKeptThread(thread);
    const theirs = posts.filter(({ author, isOwn }) => !isOwn && names.has(author)).map(({ text }) => text);
    if (theirs.length === 0) continue;
    const rest = posts.filter(({ author, isOwn }) => isOwn || !names.has(author));
    await db
      .updateTable('mentions')
      .set({ thread: JSON.stringify(rest) })
      .where('id', '=', id)
      .execute();
    const rounds = await db.selectFrom('rounds').select(['id', 'request']).where('draft_id', '=', draft_id).execute();
    for (const round of rounds) {
      const { context = [], ...request }: { readonly context?: readonly Turn[] } = JSON.parse(round.request);
      const kept = context.filter(({ by, text }) => by === 'me' || saidBefore(text, theirs) < SAME);
      const json = JSON.stringify({ ...request, context: kept });
      await db.updateTable('rounds').set({ request: json }).where('id', '=', round.id).execute();
    }
  }
}

/** A turn is a post that was cleaned: most of it stands in that. */
const SAME = 0.5;
