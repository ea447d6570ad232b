/** Tumblr: its export of pages, dumps of its API old and new, the first API's XML, and folders of tumblr-backup. */
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { Entry, Export, Format, Unread } from '../format.ts';
import { isAmong } from '../identity.ts';
import { text } from '../loose-fields.ts';
import type { Omission } from '../post.ts';
import { findJson, headOf, readJson } from '../read-json.ts';
import { type PageContext, readTumblrPage } from '../tumblr-page.ts';
import { parseTumblrPost, readTumblrPost } from '../tumblr-post.ts';
import { fieldsOfXml, fromV1 } from '../tumblr-v1.ts';
import { sizeOf } from '../xml-node.ts';
import { xmlPieces } from '../xml-pieces.ts';

export const tumblr: Format = {
  name: 'tumblr',
  sources: [
    {
      service: 'Tumblr',
      where: 'Settings, your blog, Export',
      drop: 'the zip; API dumps and backups by tumblr-backup are read too; the answer to a privacy request (payload-0.json) has no posts',
    },
  ],

  async detect(archive) {
    const { dumps, singles, feeds, pages, accounts } = await filesOf(archive);
    return dumps.length + singles.length + feeds.length + pages.length + accounts.length > 0;
  },

  async owner(archive) {
    const files = await filesOf(archive);
    const blogs = await blogsOf(files);
    // Pages name only the blogs that they are not by.
    return blogs.length === 0 && files.pages.length > 0 ? [OWNER] : blogs;
  },

  async *read(archive, me, { tagsAsTalk = false } = {}) {
    const files = await filesOf(archive);
    const [account] = files.accounts;
    if (account && files.dumps.length + files.singles.length + files.feeds.length + files.pages.length === 0) {
      throw new UserError(
        `${archive.name}, ${account.path}: expected posts, found what Tumblr knows about the account`,
        {
          hint: 'Ask for the export of your blog too, which has its posts: Settings, your blog, Export',
        },
      );
    }
    for (const { path } of files.accounts) yield { omitted: 'about the account', place: path };
    const blogs = await blogsOf(files);
    const isMe = isAmong([...me, ...blogs]);
    const seen = new Set<string>();
    for await (const { value, place, size } of eachPost(files)) {
      const post = value === undefined ? null : parseTumblrPost(value);
      if (post) seen.add(post.id_string || post.id);
      if (!post) yield { omitted: 'unreadable', place };
      else if (post.blog_name !== '' && !isMe(post.blog_name)) yield { omitted: 'by another', place };
      else yield { place, size, read: () => [...readTumblrPost(post, place, tagsAsTalk)] };
    }
    for (const entry of files.pages) {
      const id = idOfPage(entry);
      const author = me[0] ?? blogs.find((blog) => blog !== '') ?? OWNER;
      if (!seen.has(id)) yield await readPage(entry, { id, author, tagsAsTalk });
    }
  },
};

const OWNER = 'owner';
/** Its id is its name, as far as is known; of other names the number in it, or all of it. */
const PAGE = /(?:^|\/)posts[\s\S]*?\/([^/]+?)(?:\/index)?\.html$/i;
const NUMBER = /(?<!\d)\d{5,20}(?!\d)/;
/** A page of more bytes is left out. */
const LARGEST_PAGE = 8 << 20;

interface Files {
  /** Many posts each. */
  readonly dumps: readonly Entry[];
  /** One post each. */
  readonly singles: readonly Entry[];
  readonly feeds: readonly Entry[];
  readonly pages: readonly Entry[];
  /** What is handed out beside the export of a blog: of posts only when there were how many. */
  readonly accounts: readonly Entry[];
}

async function filesOf(archive: Export): Promise<Files> {
  const json = archive.entries.filter(({ path }) => /\.jsonp?$/i.test(path));
  const xml = archive.entries.filter(({ path }) => /\.xml$/i.test(path));
  const heads = new Map<Entry, string>();
  for (const entry of [...json, ...xml]) heads.set(entry, await headOf(entry, 16 << 10));
  const has = (pattern: RegExp) => (entry: Entry) => pattern.test(heads.get(entry) ?? '');
  const isTumblr = has(/"blog_name"|"reblog_key"|"tumblelog"|\btumblr_api_read\b|"reblog-key"/);
  const isMany = has(/^[^{[]{0,100}(?:\[\s*\{|\{[\s\S]*"posts"\s*:\s*\[)/);
  const isSingle = has(/^\s*\{\s*"[\s\S]*"(?:blog_name|reblog_key)"\s*:/);
  return {
    dumps: json.filter((entry) => isTumblr(entry) && isMany(entry)),
    singles: json.filter((entry) => isTumblr(entry) && !isMany(entry) && isSingle(entry)),
    feeds: xml.filter(has(/<tumblr\b[^>]*>/)),
    pages: await pagesOf(archive),
    accounts: json.filter(has(ACCOUNT)),
  };
}

/** `payload-0.json` of a request for one's data. */
const ACCOUNT =
  /^\s*\[\s*\{[\s\S]*"data"\s*:\s*\{[\s\S]*"(?:blog_names|last_active_times|last_post_time|client_side_ad_analytics|most_used_tags|unfollows)"\s*:/;

function idOfPage({ path }: Entry): string {
  const name = PAGE.exec(path)?.[1] ?? '';
  return NUMBER.exec(name)?.[0] ?? name;
}

/** Other blogs have folders of posts as well; the first pages tell, and where they are named otherwise tell more. */
async function pagesOf(archive: Export): Promise<Entry[]> {
  const pages = archive.entries.filter(({ path }) => PAGE.test(path));
  const [numbered = [], named = []] = [true, false].map((isNumber) =>
    pages.filter((entry) => /^\d{5,20}$/.test(idOfPage(entry)) === isNumber),
  );
  const has = async (first: readonly Entry[], sign: RegExp) => {
    for (const entry of first) if (sign.test(await headOf(entry, 64 << 10))) return true;
    return false;
  };
  if (await has(numbered.slice(0, 5), /tumblr|id="?timestamp|id="?p-\d{5}/i)) return pages;
  return (await has(named.slice(0, 5), /class="tumblr_blog"|id="?timestamp"?[\s>]|id="?p-\d{5}/i)) ? pages : [];
}

/** Those whose export this is, where it says so; else the only one there is. */
async function blogsOf({ dumps, singles, feeds, accounts }: Files): Promise<string[]> {
  const named = new Set<string>();
  for (const entry of accounts) {
    for await (const { value } of findJson(entry, ['[].data.blog_names[].current_blog_name']))
      named.add(text.parse(value));
  }
  const writers = new Set<string>();
  for (const entry of dumps) {
    for await (const { pattern, value } of findJson(entry, [
      'response.blog.name',
      'blog.name',
      'tumblelog.name',
      ...BLOG_NAMES,
    ])) {
      if (typeof value === 'string' && value !== '') (BLOG_NAMES.includes(pattern) ? writers : named).add(value);
    }
  }
  for (const entry of feeds) named.add(await tumblelogOf(entry));
  for (const entry of singles.slice(0, 100)) {
    for await (const { value } of findJson(entry, ['blog_name'])) if (typeof value === 'string') writers.add(value);
  }
  named.delete('');
  if (named.size > 0) return [...named];
  return writers.size === 1 ? [...writers] : [];
}

const BLOG_NAMES = ['response.posts[].blog_name', 'posts[].blog_name', '[].blog_name'];

async function tumblelogOf(entry: Entry): Promise<string> {
  for await (const piece of xmlPieces(await entry.open(), ['tumblelog', 'post'])) {
    if (!('node' in piece) || piece.node.name === 'post') break;
    return piece.node.attributes.name ?? '';
  }
  return '';
}

interface FoundPost {
  /** Undefined where it could not be read. */
  readonly value: unknown;
  readonly place: string;
  readonly size: number;
}

async function* eachPost({ dumps, singles, feeds }: Files): AsyncGenerator<FoundPost> {
  for (const entry of dumps) {
    let blog = '';
    for await (const found of readJson(entry, ['tumblelog.name', 'response.posts[]', 'posts[]', '[]'])) {
      if ('omitted' in found) yield { value: undefined, place: found.place, size: 0 };
      else if (found.pattern === 'tumblelog.name') blog = text.parse(found.value);
      else yield { value: modern(found.value, blog), place: found.place, size: found.size };
    }
  }
  for (const entry of singles) yield { value: await readSingle(entry), place: entry.path, size: entry.size };
  for (const entry of feeds) {
    const blog = await tumblelogOf(entry);
    for await (const piece of xmlPieces(await entry.open(), ['post'])) {
      const place = `${entry.path}, post ${piece.number + 1}`;
      if (!('node' in piece)) yield { value: undefined, place, size: 0 };
      else {
        const { fields, tags } = fieldsOfXml(piece.node);
        yield { value: fromV1(fields, tags, blog), place, size: sizeOf(piece.node) };
      }
    }
  }
}

const v1Schema = z.object({ 'unix-timestamp': z.unknown(), type: z.string(), tags: z.array(z.string()).catch([]) });

/** Posts of the first API have hyphens in the names of their fields. */
function modern(value: unknown, blog: string): unknown {
  const { data } = v1Schema.safeParse(value);
  if (!data || data['unix-timestamp'] === undefined || typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, typeof field === 'object' ? '' : String(field)]);
  return fromV1(Object.fromEntries(fields), data.tags, blog);
}

/** One post in a file: its members, one after the other. */
async function readSingle(entry: Entry): Promise<unknown> {
  if (entry.size > LARGEST_PAGE) return undefined;
  const members: Record<string, unknown> = {};
  for await (const { path, value } of findJson(entry, ['*'])) members[path[0]!] = value;
  return members;
}

async function readPage(entry: Entry, about: PageContext): Promise<Unread | Omission> {
  if (entry.size > LARGEST_PAGE) return { omitted: 'unreadable', place: `${entry.path}: larger than a page is` };
  const chunks: Buffer[] = [];
  for await (const chunk of await entry.open()) chunks.push(chunk);
  const page = Buffer.concat(chunks).toString('utf8');
  return { place: entry.path, size: page.length, read: () => [...readTumblrPage(page, about, entry.path)] };
}
