/** Markdown files as blogs and notebooks keep them: each is one text, with what its front matter says of it. */
import path from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { Entry, Format, Hints, Me } from '../format.ts';
import { isAmong } from '../identity.ts';
import { fromZoned } from '../instant.ts';
import { fromClock } from '../local-time.ts';
import { withoutQuotedLines } from '../markdown-quotes.ts';
import type { Omission, Post } from '../post.ts';
import { withinTime } from '../time-limit.ts';
import { article, OWNER, textOrOmission, writerOf, writtenEntries } from '../written-text.ts';

const ENDING = /\.(md|markdown|mdx)$/i;

export const markdown: Format = {
  name: 'markdown',
  sources: [
    {
      service: 'Markdown',
      where: 'your own notes or blog',
      drop: '.md files, each one text, with or without front matter, or a folder of them',
    },
  ],
  detect: async (archive) => writtenEntries(archive, ENDING).length > 0,
  owner: async () => [OWNER],

  async *read(archive, me, hints) {
    for (const entry of writtenEntries(archive, ENDING)) {
      if (archive.entries.length > 1 && /(^|\/)readme\.md$/i.test(entry.path)) {
        yield { omitted: 'readme', place: entry.path };
      } else {
        const text = await textOrOmission(entry);
        if (typeof text !== 'string') yield text;
        else yield { place: entry.path, size: text.length, read: () => toPost(entry, text, me, hints) };
      }
    }
  },
};

const text = z
  .preprocess((value) => (value instanceof Date ? value.toISOString() : value), z.string().trim().min(1))
  .optional()
  .catch(undefined);
const words = z
  .union([z.array(z.coerce.string()), z.string().transform((list) => list.split(/[,\s]+/))])
  .transform((list) => list.filter((word) => word !== ''))
  .catch([]);
const frontMatterSchema = z
  .object({
    title: text,
    date: text,
    author: z
      .union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)])
      .optional()
      .catch(undefined),
    lang: text,
    language: text,
    tags: words,
    draft: z.boolean().catch(false),
    published: z.boolean().catch(true),
  })
  .catch({ tags: [], draft: false, published: true });

function toPost(entry: Entry, whole: string, me: Me, { zone }: Hints = {}): Post | Omission {
  const [frontMatter, written] = split(whole.replaceAll('\r\n', '\n'));
  const body = withoutQuotedLines(written);
  const matter = frontMatterSchema.parse(frontMatter);
  if (matter.draft || !matter.published) return { omitted: 'draft', place: entry.path };
  if (body === '') return { omitted: 'empty', place: entry.path };
  const names = me.filter((name) => name !== OWNER);
  const isMine = names.length === 0 || matter.author === undefined || isAmong(names)(matter.author);
  const language = matter.lang ?? matter.language;
  return article('markdown', body, {
    author: { id: isMine ? writerOf(me) : (matter.author ?? '') },
    mine: isMine,
    markup: 'markdown',
    time: timeOf(matter.date, zone) ?? timeOf(/^\d{4}-\d\d-\d\d(?=-)/.exec(path.basename(entry.path))?.[0], zone),
    ...(matter.title === undefined ? {} : { title: matter.title }),
    ...(language === undefined ? {} : { language }),
    ...(matter.tags.length === 0 ? {} : { tags: matter.tags }),
  });
}

/** In characters. */
const LONGEST_FRONT_MATTER = 64 << 10;
const USUAL_FRONT_MATTER = 2000;

function split(whole: string): [unknown, string] {
  const fence = /^(---|\+\+\+)\n/.exec(whole)?.[1];
  const end = fence === undefined ? -1 : whole.indexOf(`\n${fence}`, 3);
  if (end < 0 || end > LONGEST_FRONT_MATTER) return [{}, whole.trim()];
  const lineEnd = whole.indexOf('\n', end + 1);
  const body = lineEnd < 0 ? '' : whole.slice(lineEnd).trim();
  try {
    const source = whole.slice(4, end);
    const read = () => (fence === '+++' ? parseToml(source) : parseYaml(source, { logLevel: 'silent' }));
    return [source.length > USUAL_FRONT_MATTER ? withinTime(1000, read) : read(), body];
  } catch {
    return [{}, body];
  }
}

function timeOf(date: string | undefined, zone: string | undefined): string | null {
  return date === undefined ? null : (fromZoned(date) ?? fromClock(date, zone));
}
