/** Reddit: the tables of a data request. */
import { type CsvRecord, readCsv } from '../csv-records.ts';
import { unescapeOnce } from '../escaped-text.ts';
import type { Entry, Export, Format } from '../format.ts';
import { isAmong } from '../identity.ts';
import { fromNaive } from '../instant.ts';
import { withoutQuotedLines } from '../markdown-quotes.ts';
import { hasWords } from '../own-html.ts';
import type { Omission, Post } from '../post.ts';
import { headOf } from '../read-json.ts';

export const reddit: Format = {
  name: 'reddit',
  sources: [{ service: 'Reddit', where: 'reddit.com/settings/data-request', drop: 'the zip' }],

  async detect(archive) {
    return (await tables(archive)).some(({ table }) => table === 'comments' || table === 'posts');
  },

  async owner(archive) {
    const found = await tables(archive);
    const name = await accountName(archive, found);
    const isAsked = found.some(({ table }) => table === 'messages' || table === 'chat');
    return name === '' ? (isAsked ? [] : [OWNER]) : [name];
  },

  async *read(archive, me) {
    const found = await tables(archive);
    const name = (await accountName(archive, found)) || me[0] || OWNER;
    const isMe = isAmong([name, ...me]);
    for (const { table, entry } of found) {
      if (table === 'headers') yield { omitted: 'headers without text', place: entry.path };
      if (table === 'headers' || table === 'statistics') continue;
      for await (const row of readCsv(entry)) {
        if ('omitted' in row) yield row;
        else yield { place: row.place, size: row.size, read: () => readRow(row, table, { name, isMe }) };
      }
    }
  },
};

/** All comments and posts are the owner's, whoever that is. */
const OWNER = 'owner';

type Table = 'comments' | 'posts' | 'messages' | 'chat' | 'headers' | 'statistics';

/** By their columns, as votes, saved posts and a dozen more tables are beside them. */
function tableOf(heading: string): Table | undefined {
  const columns = new Set(
    heading
      .toLowerCase()
      .split(',')
      .map((name) => name.replace(/["\uFEFF\s]/g, '')),
  );
  const has = (...names: readonly string[]) => names.every((name) => columns.has(name));
  if (has('statistic', 'value')) return 'statistics';
  if (has('message_id', 'username', 'message')) return 'chat';
  if (has('id', 'from', 'to', 'body')) return 'messages';
  if (!has('id', 'permalink', 'date')) return undefined;
  if (has('subreddit', 'title', 'body')) return 'posts';
  if (has('subreddit', 'body', 'parent')) return 'comments';
  return has('ip') || has('subreddit') ? 'headers' : undefined;
}

interface FoundTable {
  readonly table: Table;
  readonly entry: Entry;
}

async function tables(archive: Export): Promise<FoundTable[]> {
  const candidates = archive.entries.filter(({ path }) => /\.csv$/i.test(path)).slice(0, 500);
  const headings = await Promise.all(
    candidates.map(async (entry) => (await headOf(entry, 1000)).split(/\r?\n/, 1)[0] ?? ''),
  );
  return candidates.flatMap((entry, index) => {
    const table = tableOf(headings[index]!);
    return table ? [{ table, entry }] : [];
  });
}

async function accountName(archive: Export, found: readonly FoundTable[]): Promise<string> {
  for (const { entry } of found.filter(({ table }) => table === 'statistics')) {
    for await (const row of readCsv(entry)) {
      if (!('omitted' in row) && row.record.statistic === 'account name') return row.record.value ?? '';
    }
  }
  return /export_([\w-]{3,20}?)_\d{8}/.exec(archive.name)?.[1] ?? '';
}

/** `[deleted]`, `[removed]`, `[ Removed by Reddit ]`, `[deleted by user]` */
const GONE = /^\s*\[ ?(?:deleted|removed)(?: by \w+)? ?\]\s*$/i;

/** `2025-05-18 04:35:32 UTC` */
function timeOf(date: string | undefined): string | null {
  return fromNaive((date ?? '').replace(/ UTC$/, ''));
}

function ownWords(body: string | undefined): string {
  const markdown = unescapeOnce(body ?? '').replace(/&#x200b;|&nbsp;/gi, ' ');
  return withoutQuotedLines(markdown);
}

/** `/r/kettles/comments/abc123/of_oil/`: the post, by the name that it has among all things there. */
function postIn(link: string | undefined): string {
  const id = /\/comments\/(\w+)/.exec(link ?? '')?.[1];
  return id === undefined ? '' : `t3_${id}`;
}

function named(id: string, prefix: string): string {
  return /^t\d_/.test(id) ? id : `${prefix}_${id}`;
}

interface Owner {
  readonly name: string;
  readonly isMe: ReturnType<typeof isAmong>;
}

function readRow(
  row: CsvRecord,
  table: Exclude<Table, 'headers' | 'statistics'>,
  { name, isMe }: Owner,
): Post | Omission {
  if (table === 'comments') return readComment(row, name);
  return table === 'posts' ? readPost(row, name) : readMessage(row, table, isMe);
}

/** The address from which it was written is in the row, and goes nowhere. */
function readComment({ record, place }: CsvRecord, name: string): Post | Omission {
  const { id = '', permalink = '', parent = '' } = record;
  if (id === '') return { omitted: 'unreadable', place };
  if (GONE.test(record.body ?? '')) return { omitted: 'deleted', place };
  const words = ownWords(record.body);
  if (!hasWords(words)) return { omitted: 'no text', place };
  const thread = postIn(record.link) || postIn(permalink);
  const inReplyTo = parent === '' ? thread : named(parent, 't1');
  return {
    ...common(`t1_${id.replace(/^t1_/, '')}`, record, name),
    text: words,
    kind: 'comment',
    ...(thread && { thread }),
    ...(inReplyTo && { inReplyTo }),
  };
}

function common(id: string, { permalink, date, subreddit }: CsvRecord['record'], name: string) {
  return {
    service: 'reddit',
    id,
    author: { id: name },
    mine: true,
    time: timeOf(date),
    markup: 'markdown',
    visibility: 'public',
    ...(permalink && { url: permalink }),
    ...(subreddit && { tags: [subreddit] }),
  } as const;
}

function readPost({ record, place }: CsvRecord, name: string): Post | Omission {
  const { id = '', permalink = '', url = '' } = record;
  if (id === '') return { omitted: 'unreadable', place };
  if (GONE.test(record.body ?? '') || GONE.test(record.title ?? '')) return { omitted: 'deleted', place };
  const own = `t3_${id.replace(/^t3_/, '')}`;
  const linked = postIn(/reddit\.com|^\/r\//.test(url) ? url : '');
  // Its text, if it has one, is that of the post which it passes on.
  if (linked !== '' && linked !== own && linked !== postIn(permalink)) return { omitted: 'crosspost', place };
  const title = unescapeOnce(record.title ?? '').trim();
  const body = ownWords(record.body);
  const isLink = !hasWords(body) && url !== '' && linked === '';
  // The title of a link is as a rule that of the page.
  if (isLink && !isPicture(url)) return { omitted: 'link', place };
  const text = hasWords(body) ? body : title;
  if (!hasWords(text)) return { omitted: 'no text', place };
  return { ...common(own, record, name), text, kind: 'post', thread: own, ...(title && text !== title && { title }) };
}

function isPicture(url: string): boolean {
  return /^https?:\/\/(?:[iv]\.redd\.it|preview\.redd\.it|i\.imgur\.com|(?:www\.)?reddit\.com\/gallery)\//.test(url);
}

function readMessage(row: CsvRecord, table: 'messages' | 'chat', isMe: Owner['isMe']): Post | Omission {
  const { record, place } = row;
  const isChat = table === 'chat';
  const id = (isChat ? record.message_id : record.id) ?? '';
  const author = (isChat ? record.username : record.from) ?? '';
  if (id === '') return { omitted: 'unreadable', place };
  if (author === '') return { omitted: 'system line', place };
  const body = isChat ? record.message : record.body;
  if (GONE.test(body ?? '')) return { omitted: 'deleted', place };
  const words = ownWords(body);
  if (!hasWords(words)) return { omitted: 'no text', place };
  const thread = isChat ? record.channel_url : record.thread_id || record.id;
  const parent = isChat ? record.thread_parent_message_id : '';
  return {
    service: 'reddit',
    id: isChat ? `chat-${id}` : named(id, 't4'),
    author: { id: author },
    mine: isMe(author),
    time: timeOf(isChat ? record.created_at : record.date),
    text: words,
    markup: 'markdown',
    kind: 'message',
    visibility: 'private',
    ...(thread && { thread }),
    ...(parent && { inReplyTo: `chat-${parent}` }),
    ...(record.subject && { title: record.subject }),
  };
}
