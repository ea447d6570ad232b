/** Blogger: the feed.atom of Google Takeout, and the backup that the old settings page gave. */
import { decodeHTML } from 'entities';
import { withHead } from '../find-entries.ts';
import type { Entry, Export, Format } from '../format.ts';
import { isAmong } from '../identity.ts';
import { fromZoned } from '../instant.ts';
import { hasWords, rewriteHtml } from '../own-html.ts';
import type { Omission, Post } from '../post.ts';
import { childOf, childrenOf, markupOf, sizeOf, textIn, type XmlNode } from '../xml-node.ts';
import { xmlPieces } from '../xml-pieces.ts';

const BLOGGER = 'http://schemas.google.com/blogger/';

export const blogger: Format = {
  name: 'blogger',
  sources: [
    {
      service: 'Blogger',
      where: 'takeout.google.com: deselect all, then Blogger; or in Blogger: Settings, Back up content',
      drop: 'the zip, or the .xml',
    },
  ],

  async detect(archive) {
    return (await feeds(archive)).length > 0;
  },

  /** The only author of posts, if there is only one. */
  async owner(archive) {
    const authors = await authorsOf(archive);
    return authors.length === 1 ? authors : [];
  },

  candidates: authorsOf,

  async *read(archive, me) {
    const isMe = isAmong([...me.map(withoutScheme), ...(await blogger.owner(archive))]);
    for (const entry of await feeds(archive)) {
      for await (const piece of xmlPieces(await entry.open(), ['entry'])) {
        const place = `${entry.path}, entry ${piece.number + 1}`;
        if ('node' in piece) {
          const { node } = piece;
          yield { place, size: sizeOf(node), read: () => readEntry(node, isMe, place) };
        } else yield { omitted: piece.problem === 'cut off' ? 'cut off' : 'unreadable', place };
      }
    }
  },
};

async function authorsOf(archive: Export): Promise<string[]> {
  const authors = new Set<string>();
  for (const entry of await feeds(archive)) {
    for await (const piece of xmlPieces(await entry.open(), ['entry'])) {
      if (!('node' in piece) || !ARTICLES.has(kindOf(piece.node))) continue;
      const { id } = authorOf(piece.node);
      if (id !== '') authors.add(id);
    }
  }
  return [...authors];
}

/** There is one for each blog, and for each that was commented on. */
function feeds(archive: Export): Promise<Entry[]> {
  const candidates = archive.entries.filter(({ path }) => /\.(atom|xml)$/i.test(path));
  return withHead(
    candidates,
    8192,
    (head) => head.includes('<feed') && (head.includes(BLOGGER) || head.includes('tag:blogger.com,1999')),
  );
}

const ARTICLES = new Set(['post', 'page']);

/** In small letters: `post`, `page`, `comment`, `settings`, `template`. The old form has a category for it, the new an element. */
function kindOf(entry: XmlNode): string {
  const type = textIn(entry, 'type', BLOGGER);
  if (type !== '') return type.toLowerCase();
  const kind = childrenOf(entry, 'category').find(({ attributes }) => attributes.scheme?.endsWith('g/2005#kind'));
  return kind?.attributes.term?.replace(/^.*#/, '').toLowerCase() ?? '';
}

/** The profile's address tells namesakes apart; the new form often has none. */
function authorOf(entry: XmlNode): { readonly id: string; readonly name: string; readonly email: string } {
  const author = childOf(entry, 'author');
  if (!author) return { id: '', name: '', email: '' };
  const name = textIn(author, 'name');
  const profile = withoutScheme(textIn(author, 'uri'));
  return { id: profile || name, name, email: textIn(author, 'email').replace(/^noreply@blogger\.com$/, '') };
}

function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\/(?:www\.)?/, '');
}

function readEntry(entry: XmlNode, isMe: (...known: readonly string[]) => boolean, place: string): Post | Omission {
  const kind = kindOf(entry);
  if (!ARTICLES.has(kind) && kind !== 'comment') return { omitted: kind === '' ? 'unreadable' : 'setting', place };
  const status = textIn(entry, 'status', BLOGGER);
  const control = childOf(entry, 'control');
  if (/TRASHED/.test(status) || textIn(entry, 'trashed', BLOGGER) !== '') return { omitted: 'trashed', place };
  if (status === 'DRAFT' || (control && textIn(control, 'draft') === 'yes')) return { omitted: 'draft', place };
  if (status !== '' && status !== 'LIVE') return { omitted: kind === 'comment' ? 'comment held back' : 'draft', place };

  const author = authorOf(entry);
  const isMine = isMe(author.id, author.email) || (author.id === author.name && isMe(author.name));
  if (!isMine && kind !== 'comment') return { omitted: 'by another', place };
  return toPost(entry, kind, author, isMine) ?? { omitted: 'no text', place };
}

function toPost(entry: XmlNode, kind: string, author: ReturnType<typeof authorOf>, mine: boolean): Post | null {
  const id = textIn(entry, 'id');
  const words = ownContent(entry);
  if (id === '' || !hasWords(words)) return null;
  const isComment = kind === 'comment';
  const parent = childOf(entry, 'in-reply-to')?.attributes.ref ?? textIn(entry, 'parent', BLOGGER);
  const title = decodeHTML(textIn(entry, 'title'));
  const link = childrenOf(entry, 'link').find(({ attributes }) => attributes.rel === 'alternate')?.attributes.href;
  // Takeout says where on the blog it is, and not where the blog is.
  const url = link || textIn(entry, 'filename', BLOGGER);
  const tags = childrenOf(entry, 'category')
    .filter(({ attributes }) => !attributes.scheme?.endsWith('#kind'))
    .flatMap(({ attributes }) => attributes.term || []);
  return {
    service: 'blogger',
    id,
    author: { id: author.id || 'anonymous', ...(author.name && { name: author.name }) },
    mine,
    time: fromZoned(textIn(entry, 'published')) ?? fromZoned(textIn(entry, 'created', BLOGGER)),
    text: words,
    markup: 'html',
    kind: isComment ? 'comment' : 'article',
    visibility: 'public',
    thread: isComment && parent ? parent : id,
    // A comment's title is its own beginning.
    ...(title && !isComment && { title }),
    ...(isComment && parent && { inReplyTo: parent }),
    ...(url && { url }),
    ...(tags.length > 0 && !isComment && { tags }),
  };
}

const NOT_PROSE = new Set(['blockquote', 'q', 'pre', 'figure', 'form', 'button', 'audio', 'video']);

/** Without quotations, code, and the tables in which the editor puts captions. */
function ownContent(entry: XmlNode): string {
  const content = childOf(entry, 'content');
  if (!content) return '';
  const stored = markupOf(content);
  const html = content.attributes.type === 'text' ? stored.replaceAll('&', '&amp;').replaceAll('<', '&lt;') : stored;
  return rewriteHtml(html, (tag, attributes) =>
    NOT_PROSE.has(tag) || /\btr-caption/.test(attributes.class ?? '') ? 'drop' : 'keep',
  ).trim();
}
