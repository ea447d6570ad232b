/** Bluesky, and any account of the AT Protocol: the repository as a CAR file, of whatever name. */
import { validate as isTid, parse as parseTid } from '@atcute/tid';
import { z } from 'zod';
import { isRepository, openRepository, readRecords } from '../bluesky-repository.ts';
import type { Entry, Export, Format, Unread } from '../format.ts';
import { fromMicroseconds, fromZoned } from '../instant.ts';
import { listOf, text } from '../loose-fields.ts';
import type { Omission, Post } from '../post.ts';

const POST = 'app.bsky.feed.post';
const REPOST = 'app.bsky.feed.repost';
/** A repository is downloaded alone; among more files only those named for it are looked into. */
const FEW_FILES = 20;

export const bluesky: Format = {
  name: 'bluesky',
  sources: [{ service: 'Bluesky', where: 'Settings, Account, Export my data', drop: 'the .car file' }],

  async detect(archive) {
    return (await repositories(archive)).length > 0;
  },

  async owner(archive) {
    const opened = await Promise.all((await repositories(archive)).map((entry) => openRepository(entry)));
    return opened.map(({ did }) => did);
  },

  async *read(archive) {
    for (const entry of await repositories(archive)) yield* readRepository(entry);
  },
};

async function repositories(archive: Export): Promise<Entry[]> {
  const isFew = archive.entries.length <= FEW_FILES;
  const candidates = archive.entries.filter(({ path }) => isFew || /\.car$/i.test(path));
  const fits = await Promise.all(candidates.map((entry) => isRepository(entry)));
  return candidates.filter((_, index) => fits[index]);
}

async function* readRepository(entry: Entry): AsyncGenerator<Unread | Omission> {
  const repository = await openRepository(entry);
  if (repository.isPartial) yield { omitted: 'missing part', place: entry.path };
  const missing = new Set<string>();
  for (const key of [...repository.keys.values()].flat()) {
    if (key.startsWith(`${REPOST}/`)) yield { omitted: 'repost', place: `${entry.path}, ${key}` };
    if (key.startsWith(`${POST}/`)) missing.add(key);
  }
  try {
    for await (const { key, record, size } of readRecords(entry, repository, POST)) {
      missing.delete(key);
      const place = `${entry.path}, ${key}`;
      const read = () => {
        const post = toPost(record, key, repository.did);
        return typeof post === 'string' ? { omitted: post, place } : post;
      };
      yield { place, size, read };
    }
  } catch (error) {
    if (!(error instanceof Error) || !repository.isPartial) throw error;
    // Where the file breaks off was found when the tree was read.
  }
  for (const key of missing) yield { omitted: 'unreadable', place: `${entry.path}, ${key}` };
}

const facetSchema = z.object({
  index: z.object({ byteStart: z.number().int().min(0), byteEnd: z.number().int() }),
  features: listOf(z.object({ uri: z.string().optional(), tag: z.string().optional() })),
});
type Facet = z.output<typeof facetSchema>;

const link = z.object({ uri: z.string() });

const postSchema = z.object({
  text: z.string(),
  createdAt: text,
  langs: listOf(z.string()),
  tags: listOf(z.string()),
  facets: listOf(facetSchema),
  reply: z.object({ root: link, parent: link }).optional().catch(undefined),
});

/** Or why it is none. What is quoted or linked is not in the record's text: quotations and cards are embedded by address alone. */
function toPost(record: unknown, key: string, did: string): Post | string {
  const { data } = postSchema.safeParse(record);
  if (!data) return 'unreadable';
  const words = withWholeLinks(data.text, data.facets).trim();
  if (words === '') return 'no text';
  const recordKey = key.slice(POST.length + 1);
  const tags = [...data.tags, ...data.facets.flatMap(({ features }) => features.flatMap(({ tag }) => tag ?? []))];
  return {
    service: 'bluesky',
    id: `at://${did}/${key}`,
    author: { id: did },
    mine: true,
    time: timeOf(data.createdAt, recordKey),
    text: words,
    markup: 'plain',
    kind: 'post',
    visibility: 'public',
    url: `https://bsky.app/profile/${did}/post/${recordKey}`,
    ...(data.reply && { thread: data.reply.root.uri, inReplyTo: data.reply.parent.uri }),
    ...(data.langs.length === 1 && data.langs[0] && { language: data.langs[0] }),
    ...(tags.length > 0 && { tags }),
  };
}

/**
 * What the client said, unless that is after the key was made: nobody has posted from the future. Before it is believed,
 * as posts brought over from elsewhere keep their time.
 */
function timeOf(createdAt: string, recordKey: string): string | null {
  const said = fromZoned(createdAt);
  const made = isTid(recordKey) ? fromMicroseconds(parseTid(recordKey).timestamp) : null;
  return said === null || (made !== null && said > made) ? (made ?? said) : said;
}

/** Links that the text shows cut short, written out. Places in the text are counted in UTF-8 bytes. */
function withWholeLinks(words: string, facets: readonly Facet[]): string {
  const bytes = Buffer.from(words);
  const parts: string[] = [];
  let at = 0;
  for (const { index, features } of facets.toSorted((a, b) => a.index.byteStart - b.index.byteStart)) {
    const { byteStart: start, byteEnd: end } = index;
    const uri = features.find((feature) => feature.uri !== undefined)?.uri;
    const isPlace =
      start >= at && end > start && end <= bytes.length && isBoundary(bytes, start) && isBoundary(bytes, end);
    if (uri === undefined || !isPlace) continue;
    const shown = bytes.toString('utf8', start, end);
    parts.push(bytes.toString('utf8', at, start), isShortFor(shown, uri) ? uri : shown);
    at = end;
  }
  return parts.join('') + bytes.toString('utf8', at);
}

function isBoundary(bytes: Buffer, index: number): boolean {
  return ((bytes[index] ?? 0) & 0xc0) !== 0x80;
}

/** Words that were made a link stay words. */
function isShortFor(shown: string, uri: string): boolean {
  const address = shown.replace(/(?:\.\.\.|…)$/, '').replace(/^https?:\/\//, '');
  return uri
    .replace(/^https?:\/\//, '')
    .toLowerCase()
    .startsWith(address.toLowerCase());
}
