/** X, once Twitter: the archive since 2018, of one part or many, and the one before it, by month or as one CSV. */
import { z } from 'zod';
import { csvRecords } from '../csv-records.ts';
import { find } from '../find-entries.ts';
import type { Entry, Export, Format, Me } from '../format.ts';
import { isAmong } from '../identity.ts';
import { fromZoned } from '../instant.ts';
import { ItemEnds, type JsonOptions } from '../json-items.ts';
import { id, listOf, text } from '../loose-fields.ts';
import type { Omission, Post } from '../post.ts';
import { findJson, headOf, readJson, readJsonByChunk } from '../read-json.ts';
import { missingFiles, type XFiles, xFiles } from '../x-files.ts';
import { readMessages } from '../x-messages.ts';
import { Notes } from '../x-notes.ts';
import { mayBeInThread, Threads } from '../x-threads.ts';
import { byAge, ownWords, parseTweet, reasonToOmit, type Tweet } from '../x-tweet.ts';

export const x: Format = {
  name: 'x',
  title: 'X: Settings, Your account, Download an archive of your data',

  async detect(archive) {
    const files = await xFiles(archive);
    const isKnown = (['tweets', 'grailbird', 'manifest', 'messages', 'notes'] as const).some((kind) => files.has(kind));
    return isKnown || (await tweetsCsv(archive)) !== undefined;
  },

  async owner(archive) {
    const files = await xFiles(archive);
    const account = await accountOf(files);
    const known = [account.id, account.name].filter((name) => name !== '');
    // All posts are the owner's; only of messages it must be known who that is.
    return known.length > 0 || files.has('messages') ? known : [OWNER];
  },

  async *read(archive, me) {
    const files = await xFiles(archive);
    const account = await accountOf(files);
    const isMe = isAmong([...me, account.id, account.name]);
    yield* missingFiles(archive, files);
    yield* readTweets(archive, files, account, me);
    for (const entry of files.get('articles') ?? []) yield* readArticles(entry, account);
    for (const entry of files.get('messages') ?? []) yield* readMessages(entry, isMe);
    for (const entry of files.get('likes') ?? []) yield { omitted: 'likes, by others', place: entry.path };
    for (const entry of files.get('deleted') ?? []) yield { omitted: 'deleted posts', place: entry.path };
  },
};

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

interface FoundTweet {
  readonly tweet: Tweet;
  readonly place: string;
}

async function* readTweets(archive: Export, files: XFiles, account: Account, me: Me): AsyncGenerator<Post | Omission> {
  const notes = new Notes();
  yield* notes.read(files.get('notes') ?? []);
  const users = [...me, account.id];
  const threads = new Threads(isAmong(users));
  const ends = new Map<Entry, ItemEnds>();
  for await (const together of tweetsByChunk(archive, files, { ends, only: mayBeInThread(users) })) {
    for (const found of together) {
      if ('tweet' in found && reasonToOmit(found.tweet) === undefined) threads.add(found.tweet);
    }
  }
  threads.link();

  /** Threads that are not whole yet, by the id of their first tweet. */
  const held = new Map<string, Map<string, Tweet>>();
  const given = new Set<string>();
  const together = (tweets: readonly Tweet[], place: string) =>
    toPost(tweets, notes, account) ?? { omitted: 'no text', place };
  const joined = (tweets: ReadonlyMap<string, Tweet>, place: string) =>
    together(
      [...tweets.values()].sort((a, b) => byAge(a.id, b.id)),
      place,
    );
  for await (const chunk of tweetsByChunk(archive, files, { ends })) {
    for (const found of chunk) {
      if ('omitted' in found) {
        yield found;
        continue;
      }
      const { tweet, place } = found;
      const reason = reasonToOmit(tweet) ?? (threads.isOutdated(tweet) ? 'earlier version' : undefined);
      const root = threads.rootOf(tweet.id);
      if (reason) yield { omitted: reason, place };
      else if (root === undefined) yield together([tweet], place);
      else if (given.has(root)) yield { omitted: 'twice in the archive', place };
      else {
        const thread = held.get(root) ?? new Map<string, Tweet>();
        held.set(root, thread.set(tweet.id, tweet));
        if (thread.size < threads.sizeOf(root)) continue;
        held.delete(root);
        given.add(root);
        yield joined(thread, place);
      }
    }
  }
  for (const [root, tweets] of held) yield joined(tweets, root);
  yield* notes.unused();
}

/** `only`: of the tweets whose JSON matches, where it is JSON; of a table, all. */
async function* tweetsByChunk(
  archive: Export,
  files: XFiles,
  { only, ends }: { readonly only?: JsonOptions['only']; readonly ends: Map<Entry, ItemEnds> },
): AsyncGenerator<readonly (FoundTweet | Omission)[]> {
  const scripts = (['tweets', 'community', 'grailbird'] as const).flatMap((kind) => files.get(kind) ?? []);
  for (const entry of scripts) {
    const options = { ends: ends.get(entry) ?? new ItemEnds(), ...(only && { only }) };
    ends.set(entry, options.ends);
    for await (const together of readJsonByChunk(entry, ['[]'], options)) {
      yield together.map((found) => {
        if ('omitted' in found) return found;
        const { place } = found;
        const tweet = parseTweet(found.value);
        return tweet ? { tweet, place } : { omitted: 'unreadable', place };
      });
    }
  }
  const csv = scripts.length === 0 ? await tweetsCsv(archive) : undefined;
  if (csv) for await (const row of eachRow(csv)) yield [row];
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
async function* eachRow(entry: Entry): AsyncGenerator<FoundTweet | Omission> {
  for await (const { record, place } of csvRecords(entry)) {
    const words = record.text ?? '';
    const expanded = (record.expanded_urls ?? '').split(',').filter((url) => url !== '');
    const short = words.match(/https?:\/\/t\.co\/\w+/g) ?? [];
    const tweet = parseTweet({
      id: record.tweet_id,
      text: words,
      created_at: record.timestamp,
      source: record.source,
      in_reply_to_status_id: record.in_reply_to_status_id,
      in_reply_to_user_id: record.in_reply_to_user_id,
      entities: { urls: short.map((url, index) => ({ url, expanded_url: expanded[index] ?? url })) },
      ...(record.retweeted_status_id && { retweeted_status: {} }),
    });
    yield tweet ? { tweet, place } : { omitted: 'unreadable', place };
  }
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

async function* readArticles(entry: Entry, account: Account): AsyncGenerator<Post | Omission> {
  for await (const found of readJson(entry, ['[].article'])) {
    const { data } = 'omitted' in found ? { data: undefined } : articleSchema.safeParse(found.value);
    const words = (data?.content.blocks ?? []).filter(({ type }) => type !== 'blockquote' && type !== 'atomic');
    const body = words
      .map((block) => block.text.trim())
      .filter((line) => line !== '')
      .join('\n\n');
    const articleId = data?.articleId || data?.id || data?.createdAt || '';
    if ('omitted' in found) yield found;
    else if (!data || articleId === '') yield { omitted: 'unreadable', place: found.place };
    else if (body === '') yield { omitted: 'no text', place: found.place };
    else {
      yield {
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
  }
}
