/** Mastodon, and what writes the same ActivityPub archive: a folder, tar.gz or zip with outbox.json and actor.json. */
import { z } from 'zod';
import { findAll } from '../find-entries.ts';
import type { Entry, Export, Format } from '../format.ts';
import { isAmong } from '../identity.ts';
import { fromZoned } from '../instant.ts';
import { id, listOf, text } from '../loose-fields.ts';
import { type Attributes, type Fate, hasWords, rewriteHtml } from '../own-html.ts';
import type { Omission, Post } from '../post.ts';
import { findJson, headOf, readJson } from '../read-json.ts';

export const mastodon: Format = {
  name: 'mastodon',
  sources: [
    {
      service: 'Mastodon and its kin',
      where: 'Preferences, Import and export, Request your archive',
      drop: 'the zip or tar.gz',
    },
  ],

  async detect(archive) {
    return (await outboxes(archive)).length > 0;
  },

  async owner(archive) {
    const known = await Promise.all(
      (await outboxes(archive)).map(async (entry) => {
        const { id, preferredUsername } = await actorOf(entry, archive);
        return id !== '' || preferredUsername !== '' ? [id, preferredUsername] : actingIn(entry);
      }),
    );
    return [...new Set(known.flat())].filter((name) => name !== '');
  },

  async *read(archive, me) {
    for (const entry of await outboxes(archive)) {
      const actor = await actorOf(entry, archive);
      for await (const found of readJson(entry, ['orderedItems[]'])) {
        if ('omitted' in found) yield found;
        else {
          const { value, place, size } = found;
          yield { place, size, read: () => readActivity(value, place, actor, me) };
        }
      }
    }
  },
};

/** Whose outbox it is, as its first activity has it: an outbox is one person's. */
async function actingIn(outbox: Entry): Promise<string[]> {
  for await (const { value } of findJson(outbox, ['orderedItems[].actor']))
    return typeof value === 'string' ? [value] : [];
  return [];
}

async function outboxes(archive: Export): Promise<Entry[]> {
  const named = findAll(archive, /(^|\/)outbox\.json$/i);
  const candidates = named.length > 0 ? named : findAll(archive, /^[^/]+\.json$/i);
  const heads = await Promise.all(candidates.map((entry) => headOf(entry)));
  return candidates.filter((_, index) => /"OrderedCollection"|"orderedItems"/.test(heads[index]!));
}

const actorSchema = z.object({ id: text, preferredUsername: text, followers: text });
type Actor = z.output<typeof actorSchema>;

/** The actor in the folder of the outbox, as several accounts may lie in one folder; else the only one that there is, as in another part. */
async function actorOf({ path: outbox }: Entry, archive: Export): Promise<Actor> {
  const actors = findAll(archive, /(^|\/)actor\.json$/i);
  const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);
  const entry =
    actors.find(({ path }) => folderOf(path) === folderOf(outbox)) ?? (actors.length === 1 ? actors[0] : undefined);
  const actor: Record<string, unknown> = {};
  if (entry) {
    for await (const { path, value } of findJson(entry, ['id', 'preferredUsername', 'followers']))
      actor[path[0]!] = value;
  }
  return actorSchema.parse(actor);
}

/** A list that may be written as its only element. */
const addressees = z.preprocess((value) => (typeof value === 'string' ? [value] : value), listOf(z.string()));

const option = z.object({ name: text });

const noteSchema = z.object({
  id,
  type: text,
  attributedTo: text,
  content: text,
  contentMap: z.record(z.string(), z.string()).catch({}),
  source: z.object({ content: text, mediaType: text }).optional().catch(undefined),
  name: text,
  summary: text,
  published: text,
  inReplyTo: text,
  conversation: text,
  context: text,
  url: text,
  to: addressees,
  cc: addressees,
  tag: listOf(z.object({ type: text, name: text })),
  oneOf: listOf(option),
  anyOf: listOf(option),
});
type Note = z.output<typeof noteSchema>;

const activitySchema = z.object({ type: z.string(), actor: text, published: text, object: z.unknown() });

/** What an author writes. */
const WRITTEN = new Set(['Note', 'Question', 'Article', 'Page']);

function readActivity(value: unknown, place: string, actor: Actor, me: readonly string[]): Post | Omission {
  const activity = activitySchema.safeParse(value).data;
  if (!activity) return { omitted: 'unreadable', place };
  if (activity.type === 'Announce') return { omitted: 'boost', place };
  if (activity.type !== 'Create') return { omitted: 'not a post', place };
  const note = noteSchema.safeParse(activity.object).data;
  if (!note || note.id === '') return { omitted: 'unreadable', place };
  if (!WRITTEN.has(note.type)) return { omitted: 'not a post', place };

  const author = note.attributedTo || activity.actor || actor.id;
  if (author !== '' && !isAmong([actor.id || activity.actor, ...me])(author)) return { omitted: 'by another', place };
  return toPost(note, author || 'owner', activity, actor) ?? { omitted: 'no text', place };
}

function toPost(note: Note, author: string, activity: z.output<typeof activitySchema>, actor: Actor): Post | null {
  const body = bodyOf(note);
  if (body === null) return null;
  const visibility = visibilityOf(note, actor);
  const language = languageOf(note);
  const tags = note.tag.filter(({ type }) => type === 'Hashtag').map(({ name }) => name.replace(/^#/, ''));
  const title = note.summary || note.name;
  const thread = note.conversation || note.context;
  return {
    service: 'mastodon',
    id: note.id,
    author: { id: author, ...(actor.preferredUsername && { name: actor.preferredUsername }) },
    mine: true,
    time: fromZoned(note.published) ?? fromZoned(activity.published),
    ...body,
    kind: visibility === 'private' ? 'message' : note.type === 'Article' ? 'article' : 'post',
    visibility,
    // A content warning is apart from the text, as a title is.
    ...(title && { title }),
    ...(thread && { thread }),
    ...(note.inReplyTo && { inReplyTo: note.inReplyTo }),
    ...(note.url && { url: note.url }),
    ...(language && { language }),
    ...(tags.length > 0 && { tags }),
  };
}

const PUBLIC = new Set(['https://www.w3.org/ns/activitystreams#Public', 'as:Public', 'Public']);

/** The archive holds private posts without a mark: only their addressees tell. */
function visibilityOf({ to, cc }: Note, { followers }: Actor): Post['visibility'] {
  if (to.some((address) => PUBLIC.has(address))) return 'public';
  if (cc.some((address) => PUBLIC.has(address))) return 'unlisted';
  const isFollowers = (address: string) => address === followers || address.endsWith('/followers');
  return [...to, ...cc].some(isFollowers) ? 'followers' : 'private';
}

function languageOf({ content, contentMap }: Note): string | undefined {
  const languages = Object.entries(contentMap);
  return (languages.find(([, mapped]) => mapped === content) ??
    (languages.length === 1 ? languages[0] : undefined))?.[0];
}

function bodyOf(note: Note): Pick<Post, 'text' | 'markup'> | null {
  const { source } = note;
  const options = [...note.oneOf, ...note.anyOf].map(({ name }) => name).filter((name) => name !== '');
  const content = note.content || Object.values(note.contentMap)[0] || (isHtml(source) ? source!.content : '');
  if (content === '' && source) {
    const words = [source.content.trim(), ...options.map((name) => `- ${name}`)].join('\n').trim();
    return hasWords(words)
      ? { text: words, markup: source.mediaType === 'text/markdown' ? 'markdown' : 'plain' }
      : null;
  }
  const poll = options.map((name) => `<li>${escaped(name)}</li>`).join('');
  const html = rewriteHtml(content, fateOf).trim() + (poll && `<ul>${poll}</ul>`);
  return hasWords(html) ? { text: html, markup: 'html' } : null;
}

function isHtml(source: Note['source']): boolean {
  return source?.mediaType === 'text/html';
}

/**
 * A link shows only a part of its address, the rest being in invisible pieces: it is written out. A mention is its handle.
 * What others said, or the link to it, goes.
 */
function fateOf(tag: string, attributes: Attributes): Fate {
  const classes = (attributes.class ?? '').split(/\s+/);
  if (tag === 'blockquote' || classes.includes('quote-inline')) return 'drop';
  if (tag === 'span') return 'unwrap';
  if (tag !== 'a' || attributes.href === undefined) return 'keep';
  if (classes.includes('mention') || classes.includes('u-url') || classes.includes('hashtag')) return 'unwrap';
  return { instead: `<a href="${escaped(attributes.href)}">${escaped(attributes.href)}</a>` };
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
