/** The posts of the store as the texts of one corpus: what somebody sent in several messages is one text, with what it answers. */
import { sql } from 'kysely';
import type { Post } from '../archive/post.ts';
import type { Store } from '../store/store.ts';
import type { RawTurn } from './clean-turns.ts';
import { MOST_CONTEXT } from './dialogue.ts';

/** A text before it is cleaned. */
export interface RawText extends Pick<Post, 'service' | 'markup' | 'kind' | 'time' | 'text' | 'title'> {
  /** `service:id` of the first of its posts. */
  readonly id: string;
  readonly archive: string;
  /** Ids of its posts. */
  readonly posts: readonly string[];
  readonly thread: string | undefined;
  readonly language: string | undefined;
  /** Uncleaned, oldest first. */
  readonly context: readonly RawTurn[];
}

/** Messages of one person that follow within this time are one text. */
const ONE_TURN_MS = 5 * 60_000;
/** After such a silence a chat is a new conversation: a thread of its own for the split, with no context. */
const NEW_CONVERSATION_MS = 6 * 3_600_000;
/** A text made of messages is no longer than this, in characters. */
const LONGEST_TURN = 4000;

/**
 * In the order of service, thread and time; a message without a time where it stood in its archive. Streams: of others' posts
 * only those that own ones answer are held.
 */
export async function* readTexts(store: Store, persona: string, corpus: string): AsyncGenerator<RawText> {
  const answered = await readAnswered(store, persona, corpus);
  const placedAt = (await hasUndatedMessages(store, persona)) ? AFTER_THE_LAST : AT_ITS_TIME;
  let chat: Chat | undefined;
  const rows = postsOf(store, persona, corpus)
    .select(placedAt.as('placed_at'))
    .orderBy('posts.service')
    .orderBy('posts.thread')
    .orderBy('placed_at')
    .orderBy('posts.id');
  for await (const row of rows.stream()) {
    if (row.kind === 'message' && row.thread !== null) {
      if (chat === undefined || !chat.isOf(row)) {
        yield* chat?.end() ?? [];
        chat = new Chat(row.service, row.thread);
      }
      yield* chat.add(row);
      continue;
    }
    yield* chat?.end() ?? [];
    chat = undefined;
    if (row.mine === 1) yield toText([row], threadOf(row), contextOf(row, answered));
  }
  yield* chat?.end() ?? [];
}

function postsOf(store: Store, persona: string, corpus: string) {
  return store.db
    .selectFrom('posts')
    .innerJoin('archives', 'archives.id', 'posts.archive_id')
    .select([
      'posts.service',
      'posts.post_id',
      'posts.author_id',
      'posts.mine',
      'posts.time',
      'posts.text',
      'posts.markup',
      'posts.kind',
      'posts.title',
      'posts.thread',
      'posts.in_reply_to',
      'posts.language',
      'archives.name as archive',
    ])
    .where('posts.persona', '=', persona)
    .where('archives.corpus', '=', corpus);
}

const AT_ITS_TIME = sql<string | null>`posts.time`;
/** A date in a language that is not known is none; ids are in the order of the archive. A window takes time, where none is needed. */
const AFTER_THE_LAST = sql<string | null>`case when posts.time is null and posts.kind = 'message' then max(posts.time)
  over (partition by posts.service, posts.thread order by posts.id rows unbounded preceding) else posts.time end`;

async function hasUndatedMessages(store: Store, persona: string): Promise<boolean> {
  const found = await store.db
    .selectFrom('posts')
    .select('id')
    .where('persona', '=', persona)
    .where('time', 'is', null)
    .where('kind', '=', 'message')
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

type StoredPost = Awaited<ReturnType<ReturnType<typeof postsOf>['executeTakeFirstOrThrow']>>;
interface Row extends StoredPost {
  /** Its time; of a message that has none, that of the last before it. */
  readonly placed_at: string | null;
}
type Answered = Pick<Row, 'mine' | 'text' | 'markup' | 'kind' | 'service' | 'in_reply_to'>;

/** By `service:id`: the posts that own ones answer. */
async function readAnswered(store: Store, persona: string, corpus: string): Promise<Map<string, Answered>> {
  const rows = postsOf(store, persona, corpus)
    .where('posts.kind', '<>', 'message')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('posts as answer')
          .select(sql<number>`1`.as('one'))
          .whereRef('answer.persona', '=', 'posts.persona')
          .whereRef('answer.service', '=', 'posts.service')
          .whereRef('answer.in_reply_to', '=', 'posts.post_id')
          .where('answer.mine', '=', sql.lit(1)),
      ),
    );
  const answered = new Map<string, Answered>();
  for await (const { service, post_id, mine, text, markup, kind, in_reply_to } of rows.stream()) {
    answered.set(`${service}:${post_id}`, { mine, text, markup, kind, service, in_reply_to });
  }
  return answered;
}

/** What a post answers, what that answers, and so on. */
function contextOf(row: Row, answered: ReadonlyMap<string, Answered>): RawText['context'] {
  const context: Answered[] = [];
  let post: Pick<Answered, 'service' | 'in_reply_to'> = row;
  while (context.length < MOST_CONTEXT && post.in_reply_to !== null) {
    const parent = answered.get(`${post.service}:${post.in_reply_to}`);
    if (!parent) break;
    context.unshift(parent);
    post = parent;
  }
  return context.some(({ mine }) => mine === 0) ? context.map(toTurn) : [];
}

function toTurn({ mine, text, markup, kind }: Pick<Answered, 'mine' | 'text' | 'markup' | 'kind'>) {
  return { by: mine === 1 ? ('me' as const) : ('another' as const), text, markup, kind };
}

/** One chat while it is read: the turn at hand, and those before it. */
class Chat {
  readonly #service: string;
  readonly #thread: string;
  #turn: Row[] = [];
  #before: RawText['context'][number][] = [];
  /** The time at which the present conversation began. */
  #began: string | null = null;

  constructor(service: string, thread: string) {
    this.#service = service;
    this.#thread = thread;
  }

  isOf({ service, thread }: Row): boolean {
    return service === this.#service && thread === this.#thread;
  }

  *add(row: Row): Generator<RawText> {
    const last = this.#turn.at(-1);
    if (last !== undefined && !continues(last, row, this.#turn)) yield* this.#finish();
    if (last === undefined || gapMs(last.placed_at, row.placed_at) > NEW_CONVERSATION_MS) {
      this.#before = [];
      this.#began = row.placed_at;
    }
    this.#turn.push(row);
  }

  *end(): Generator<RawText> {
    yield* this.#finish();
  }

  *#finish(): Generator<RawText> {
    const turn = this.#turn;
    const [first] = turn;
    if (!first) return;
    this.#turn = [];
    const thread = `${this.#service}:${this.#thread}@${this.#began ?? ''}`;
    const isReply = this.#before.some(({ by }) => by === 'another');
    const text = toText(turn, thread, isReply ? this.#before : []);
    if (first.mine === 1) yield text;
    this.#before = [...this.#before, toTurn({ ...first, text: text.text })].slice(-MOST_CONTEXT);
  }
}

function continues(last: Row, next: Row, turn: readonly Row[]): boolean {
  return (
    last.author_id === next.author_id &&
    last.mine === next.mine &&
    last.markup === next.markup &&
    last.archive === next.archive &&
    gapMs(last.time, next.time) <= ONE_TURN_MS &&
    turn.reduce((sum, { text }) => sum + text.length, next.text.length) <= LONGEST_TURN
  );
}

/** Infinite where a time is not known: then nothing can be said to follow. */
function gapMs(first: string | null, second: string | null): number {
  if (first === null || second === null) return Number.POSITIVE_INFINITY;
  return Date.parse(second) - Date.parse(first);
}

function threadOf({ service, thread }: Row): string | undefined {
  return thread === null ? undefined : `${service}:${thread}`;
}

function toText(rows: readonly Row[], thread: string | undefined, context: RawText['context']): RawText {
  const first = rows[0]!;
  return {
    id: `${first.service}:${first.post_id}`,
    service: first.service,
    archive: first.archive,
    posts: rows.map(({ service, post_id }) => `${service}:${post_id}`),
    thread,
    time: first.time,
    markup: first.markup,
    kind: first.kind,
    language: first.language ?? undefined,
    ...(first.kind === 'article' && first.title !== null && { title: first.title }),
    text: rows.map(({ text }) => text).join('\n'),
    context,
  };
}
