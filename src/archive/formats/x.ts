/** X, once Twitter: the archive since 2018, of one part or many, and the one before it, by month or as one CSV. */
import { z } from 'zod';
import { type CsvRecord, csvRecords } from '../csv-records.ts';
import { find } from '../find-entries.ts';
import { type Entry, type Export, type Format, type Me, READ_ALL_BEFORE, type Unread } from '../format.ts';
import { isAmong } from '../identity.ts';
import { fromZoned } from '../instant.ts';
import type { JsonOptions } from '../json-items.ts';
import { id, listOf, text } from '../loose-fields.ts';
import type { Omission, Post } from '../post.ts';
import { readInTime } from '../read-in-time.ts';
import { findJson, headOf, readJson, readJsonByChunk } from '../read-json.ts';
import { missingFiles, type XFiles, xFiles } from '../x-files.ts';
import { HeldThreads } from '../x-held-threads.ts';
import { readMessages } from '../x-messages.ts';
import { Notes } from '../x-notes.ts';
import { mayBeInThread, Threads } from '../x-threads.ts';
import { ownWords, parseTweet, reasonToOmit, type Tweet } from '../x-tweet.ts';

export const x: Format = {
  name: 'x',
  sources: [
    {
      service: 'X (Twitter)',
      where: 'Settings, Your account, Download an archive of your data',
      drop: 'the zip, or all zips where it comes in parts',
    },
  ],

  readings: 2, // of a thread it is known what belongs to it when all has been read

  async detect(archive) {
    const files = await xFiles(archive);
    const isKnown = (['tweets', 'grailbird', 'manifest', 'messages', 'notes'] as const).some((kind) => files.has(kind));
    return isKnown || (await tweetsCsv(archive)) !== undefined;
  },

  async owner(archive) {
    const owners = await Promise.all((await byAccount(archive)).map(ownerOf));
    return [...new Set(owners.flat())];
  },

  async *read(archive, me) {
    for (const one of await byAccount(archive)) yield* readOne(one, me);
  },
};

interface OfAccount {
  readonly archive: Export;
  readonly files: XFiles;
}

/** Archives of several accounts, or of several years, may lie in one folder, each with its account: they are read one by one. */
async function byAccount(archive: Export): Promise<OfAccount[]> {
  const files = await xFiles(archive);
  const accounts = (files.get('account') ?? []).map(({ path }) => path.slice(0, path.lastIndexOf('/') + 1));
  const folders = [...new Set(accounts)];
  if (folders.length < 2) return [{ archive, files }];
  // What lies in none of them is the first one's.
  const folderOf = (path: string) => folders.find((folder) => path.startsWith(folder)) ?? folders[0];
  return Promise.all(
    folders.map(async (folder) => {
      const part = { ...archive, entries: archive.entries.filter(({ path }) => folderOf(path) === folder) };
      return { archive: part, files: await xFiles(part) };
    }),
  );
}

async function ownerOf({ files }: OfAccount): Promise<string[]> {
  const account = await accountOf(files);
  const known = [account.id, account.name].filter((name) => name !== '');
  // All posts are the owner's; only of messages it must be known who that is.
  return known.length > 0 || files.has('messages') ? known : [OWNER];
}

async function* readOne({ archive, files }: OfAccount, me: Me): AsyncGenerator<Unread | Omission> {
  const account = await accountOf(files);
  const isMe = isAmong([...me, account.id, account.name]);
  yield* missingFiles(archive, files);
  yield* readTweets(archive, files, account, me);
  for (const entry of files.get('articles') ?? []) yield* readArticles(entry, account);
  for (const entry of files.get('messages') ?? []) yield* readMessages(entry, isMe);
  for (const entry of files.get('likes') ?? []) yield { omitted: 'likes, by others', place: entry.path };
  for (const entry of files.get('deleted') ?? []) yield { omitted: 'deleted posts', place: entry.path };
}

/** Whoever the archive belongs to, where it does not say. */
const OWNER = 'owner';

interface Account {
  readonly id: string;
  /** The handle, without its sign. */
  readonly name: string;
}

const accountSchema = z.object({ accountId: id, username: text, id, screen_name: text });

async function accountOf(files: XFiles): Promise<Account> {
  const entry = files.get('account')?.[0] ?? files.get('user')?.[0];
  if (!entry) return { id: '', name: '' };
  // The older file is one object, which no pattern covers; it is small.
  const isOld = !files.has('account');
  const account: Record<string, unknown> = {};
  for await (const { path, value } of findJson(entry, isOld ? ['id', 'screen_name'] : ['[].account'])) {
    if (isOld) account[path[0]!] = value;
    else Object.assign(account, z.record(z.string(), z.unknown()).safeParse(value).data);
  }
  const { data } = accountSchema.safeParse(account);
  return { id: data?.accountId || data?.id || '', name: data?.username || data?.screen_name || '' };
}

async function* readTweets(
  archive: Export,
  files: XFiles,
  account: Account,
  me: Me,
): AsyncGenerator<Unread | Omission> {
  const notes = new Notes();
  yield* notes.read(files.get('notes') ?? []);
  const users = [...me, account.id];
  const threads = new Threads(isAmong(users));
  const note = (tweet: Tweet) => {
    if (reasonToOmit(tweet) === undefined) threads.add(tweet);
    return [];
  };
  // What cannot be read is named in the second reading.
  for await (const _ of readInTime(eachTweet(archive, files, note, { only: mayBeInThread(users) })));
  threads.link();

  const held = new HeldThreads();
  const together = (tweets: readonly Tweet[], place: string) =>
    toPost(tweets, notes, account) ?? { omitted: 'no text', place };
  const take = (tweet: Tweet, place: string) => {
    const reason = reasonToOmit(tweet) ?? (threads.isOutdated(tweet) ? 'earlier version' : undefined);
    if (reason) return { omitted: reason, place };
    const root = threads.rootOf(tweet.id);
    if (root === undefined) return together([tweet], place);
    const thread = held.take(tweet, root, threads.sizeOf(root));
    if (thread === 'given') return { omitted: 'twice in the archive', place };
    return thread ? together(thread, place) : [];
  };
  yield* eachTweet(archive, files, take);
  yield READ_ALL_BEFORE;
  for (const [root, tweets] of held.rest())
    yield { place: root, size: tweets.length, read: () => together(tweets, root) };
  yield READ_ALL_BEFORE;
  yield* notes.unused();
}

type ReadTweet = (tweet: Tweet, place: string) => ReturnType<Unread['read']>;

/** `options.only`: of the tweets whose JSON matches, where it is JSON; of a table, all. */
async function* eachTweet(
  archive: Export,
  files: XFiles,
  read: ReadTweet,
  options: JsonOptions = {},
): AsyncGenerator<Unread | Omission> {
  const unread = (value: () => unknown, place: string, size: number): Unread => {
    const readValue = () => {
      const tweet = parseTweet(value());
      return tweet ? read(tweet, place) : { omitted: 'unreadable', place };
    };
    return { place, size, read: readValue };
  };
  const scripts = (['tweets', 'community', 'grailbird'] as const).flatMap((kind) => files.get(kind) ?? []);
  for (const entry of scripts) {
    for await (const together of readJsonByChunk(entry, ['[]'], options)) {
      for (const found of together)
        yield 'omitted' in found ? found : unread(() => found.value, found.place, found.size);
    }
  }
  const csv = scripts.length === 0 ? await tweetsCsv(archive) : undefined;
  if (!csv) return;
  for await (const { record, place, size } of csvRecords(csv)) yield unread(() => ofRow(record), place, size);
}

async function tweetsCsv(archive: Export): Promise<Entry | undefined> {
  const entry = find(archive, /(^|\/)[^/]*\.csv$/i);
  const candidates = archive.entries.filter(({ path }) => /(^|\/)tweets\.csv$/i.test(path));
  for (const candidate of candidates.length > 0 ? candidates : entry ? [entry] : []) {
    const head = await headOf(candidate, 300);
    if (head.includes('tweet_id') && head.includes('in_reply_to_status_id')) return candidate;
  }
  return undefined;
}

/** Rows have links already expanded, in a column of their own, in the order of the text. */
function ofRow(record: CsvRecord['record']): object {
  const words = record.text ?? '';
  const expanded = (record.expanded_urls ?? '').split(',').filter((url) => url !== '');
  const short = words.match(/https?:\/\/t\.co\/\w+/g) ?? [];
  return {
    id: record.tweet_id,
    text: words,
    created_at: record.timestamp,
    source: record.source,
    in_reply_to_status_id: record.in_reply_to_status_id,
    in_reply_to_user_id: record.in_reply_to_user_id,
    entities: { urls: short.map((url, index) => ({ url, expanded_url: expanded[index] ?? url })) },
    ...(record.retweeted_status_id && { retweeted_status: {} }),
  };
}

/** One document of the parts of a thread; null where they have no words. */
function toPost(tweets: readonly Tweet[], notes: Notes, account: Account): Post | null {
  const [first] = tweets;
  const words = tweets.map((tweet) => ownWords(tweet, notes.wholeOf(tweet))).filter((part) => part !== '');
  if (!first || words.length === 0) return null;
  return {
    service: 'x',
    id: first.id,
    author: authorOf(account),
    mine: true,
    time: first.time,
    text: words.join('\n\n'),
    markup: 'plain',
    kind: 'post',
    visibility: 'public',
    url: `https://x.com/${account.name || 'i'}/status/${first.id}`,
    ...(tweets.length > 1 && { thread: first.id }),
    ...(first.replyTo && { inReplyTo: first.replyTo }),
    ...(/^[a-z]{2}$/.test(first.language) && { language: first.language }),
  };
}

function authorOf(account: Account): Post['author'] {
  return { id: account.id || account.name || OWNER, ...(account.name && { name: account.name }) };
}

const articleSchema = z.object({
  id,
  articleId: id,
  title: text,
  createdAt: text,
  content: z.object({ blocks: listOf(z.object({ text, type: text })) }),
});

async function* readArticles(entry: Entry, account: Account): AsyncGenerator<Unread | Omission> {
  for await (const found of readJson(entry, ['[].article'])) {
    if ('omitted' in found) yield found;
    else {
      const { value, place, size } = found;
      yield { place, size, read: () => readArticle(value, place, account) };
    }
  }
}

function readArticle(value: unknown, place: string, account: Account): Post | Omission {
  const { data } = articleSchema.safeParse(value);
  const words = (data?.content.blocks ?? []).filter(({ type }) => type !== 'blockquote' && type !== 'atomic');
  const body = words
    .map((block) => block.text.trim())
    .filter((line) => line !== '')
    .join('\n\n');
  const articleId = data?.articleId || data?.id || data?.createdAt || '';
  if (!data || articleId === '') return { omitted: 'unreadable', place };
  if (body === '') return { omitted: 'no text', place };
  return {
    service: 'x',
    id: `article-${articleId}`,
    author: authorOf(account),
    mine: true,
    time: fromZoned(data.createdAt),
    text: body,
    markup: 'plain',
    kind: 'article',
    visibility: 'public',
    ...(data.title && { title: data.title }),
  };
}
