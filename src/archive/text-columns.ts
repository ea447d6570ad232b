/** Which columns of a table, or fields of a line of JSON, hold the text, its author and its time. */
import { UserError } from '../errors.ts';
import type { Hints, Me } from './format.ts';
import { isAmong } from './identity.ts';
import { fromMilliseconds, fromSeconds, fromZoned } from './instant.ts';
import { fromClock } from './local-time.ts';
import type { Post } from './post.ts';
import { article, OWNER, writerOf } from './written-text.ts';

const MEANINGS = ['text', 'author', 'time', 'id', 'title', 'url', 'language'] as const;
export type Meaning = (typeof MEANINGS)[number];

/** By meaning, the name of the column: what the person says, where the names do not tell. */
export type Columns = Readonly<Partial<Record<Meaning, string>>>;

/** Names that leave no doubt, the surer ones first. */
const USUAL: Readonly<Record<Meaning, readonly string[]>> = {
  text: [
    'text',
    'body',
    'content',
    'contents',
    'full_text',
    'message',
    'post',
    'tweet',
    'comment',
    'caption',
    'selftext',
  ],
  author: ['author', 'user', 'username', 'sender', 'from', 'creator', 'screen_name', 'author_name', 'sender_name'],
  time: ['time', 'date', 'timestamp', 'created_at', 'createdat', 'published', 'published_at', 'created', 'datetime'],
  id: ['id', 'post_id', 'tweet_id', 'uuid', 'guid'],
  title: ['title', 'subject'],
  url: ['url', 'link', 'permalink'],
  language: ['language', 'lang'],
};

/** The columns among `names`, as `given` says or as they are usually called. @throws UserError when none holds the text, or one that is given is not there. */
export function columnsAmong(names: readonly string[], given: Columns, place: string): Columns {
  const columns = knownColumns(names, given);
  for (const meaning of MEANINGS) {
    const asked = given[meaning];
    if (columns[meaning] !== undefined || (asked === undefined && meaning !== 'text')) continue;
    throw new UserError(
      `${place}: expected a column ${asked === undefined ? 'with the text' : `"${asked}"`}, found ${names.slice(0, 20).map(inMessage).join(', ')}`,
      { hint: 'Say which is which: --columns text=NAME,author=NAME,time=NAME' },
    );
  }
  return columns;
}

/** On one line, and no longer than a name is: where the table is damaged, or is none, its heading may be anything. */
function inMessage(name: string): string {
  const line = name.replace(/\p{Cc}+/gu, ' ').trim();
  return line.length > LONGEST_NAME ? `${line.slice(0, LONGEST_NAME)}…` : line;
}

const LONGEST_NAME = 40;

/** The same, as far as they are there. */
export function knownColumns(names: readonly string[], given: Columns): Columns {
  const byLowerCase = new Map(names.map((name) => [name.trim().toLowerCase(), name]));
  const columns: Partial<Record<Meaning, string>> = {};
  for (const meaning of MEANINGS) {
    const asked = given[meaning];
    const name = (asked === undefined ? USUAL[meaning] : [asked.toLowerCase()]).find((usual) => byLowerCase.has(usual));
    if (name !== undefined) columns[meaning] = byLowerCase.get(name) ?? name;
  }
  return columns;
}

/** @throws UserError unless it is like `text=body,time=date`. */
export function parseColumns(list: string): Columns {
  const pairs = list.split(',').map((pair) => pair.split('='));
  const isGood = pairs.every(([meaning, name]) => MEANINGS.some((known) => known === meaning) && name);
  if (!isGood) {
    throw new UserError(`--columns: expected MEANING=COLUMN pairs, found "${list}"`, {
      hint: `Meanings are ${MEANINGS.join(', ')}: --columns text=body,time=date`,
    });
  }
  return Object.fromEntries(pairs);
}

/** The post in a row; undefined when it has no text. Where others sign, what nobody signed is nobody's. */
export function rowToPost(
  service: string,
  row: Readonly<Record<string, unknown>>,
  columns: Columns,
  me: Me,
  { zone }: Hints = {},
): Post | undefined {
  const field = (meaning: Meaning): string | undefined => {
    const value = columns[meaning] === undefined ? undefined : row[columns[meaning]];
    const isSimple = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
    return isSimple && String(value).trim() !== '' ? String(value) : undefined;
  };
  const text = field('text')?.trim();
  if (text === undefined) return undefined;
  const author = field('author');
  const isUnsigned = columns.author === undefined;
  const isMine = isUnsigned || (author !== undefined && isAmong(me)(author));
  const [id, title, url, language] = [field('id'), field('title'), field('url'), field('language')];
  return article(service, text, {
    author: { id: isUnsigned || author === OWNER ? writerOf(me) : (author ?? 'unknown') },
    mine: isMine,
    kind: 'post',
    time: timeOf(field('time'), zone),
    ...(id === undefined ? {} : { id }),
    ...(title === undefined ? {} : { title }),
    ...(url === undefined ? {} : { url }),
    ...(language === undefined ? {} : { language }),
  });
}

/** Unix seconds or milliseconds, or ISO 8601: in `zone`, or UTC, where it says none. */
function timeOf(value: string | undefined, zone: string | undefined): string | null {
  if (value === undefined) return null;
  const iso = value.trim().replace(/ UTC$/, 'Z');
  if (/^\d{9,10}(\.\d+)?$/.test(iso)) return fromSeconds(Number(iso));
  if (/^\d{12,13}$/.test(iso)) return fromMilliseconds(Number(iso));
  return fromZoned(iso) ?? fromClock(iso, zone);
}
