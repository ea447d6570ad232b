/** WordPress: WXR 1.0 to 1.2, in one file or split, of one author or many. */
import { withHead } from '../find-entries.ts';
import type { Entry, Export, Format, Unread } from '../format.ts';
import { isAmong } from '../identity.ts';
import { fromNaive } from '../instant.ts';
import { fromNamedMonth } from '../named-month.ts';
import { hasWords, wordsOf } from '../own-html.ts';
import type { Omission, Post } from '../post.ts';
import { ownContent } from '../wordpress-content.ts';
import { childOf, childrenOf, markupOf, sizeOf, textIn, type XmlNode } from '../xml-node.ts';
import { xmlPieces } from '../xml-pieces.ts';

const EXPORT = 'http://wordpress.org/export/';
const CONTENT = 'http://purl.org/rss/1.0/modules/content';

export const wordpress: Format = {
  name: 'wordpress',
  sources: [{ service: 'WordPress', where: 'Tools, Export, All content', drop: 'the .xml files, or the zip' }],

  async detect(archive) {
    return (await wxrFiles(archive)).length > 0;
  },

  /** The only author, if there is only one. */
  async owner(archive) {
    const logins = await loginsOf(archive);
    return logins.length === 1 ? logins : [];
  },

  candidates: loginsOf,

  async *read(archive, me) {
    const isMe = isAmong([...me, ...(await wordpress.owner(archive))]);
    const files = await wxrFiles(archive);
    const channels = await channelsOf(files);
    // Each part of a split export lists only its own authors.
    const authors = channels.flatMap((channel) => channel.authors);
    const mine = authors.filter(({ login, email, name }) => isMe(login, email, name));
    const isMyAddress = isAmong([...me, ...mine.map((author) => author.email)]);
    const isMyName = isAmong(me);
    const owner: Owner = {
      login: mine[0]?.login ?? '',
      isAuthor: (login) => isMe(login) || mine.some((author) => author.login === login),
      ids: new Set(mine.map(({ id }) => id).filter((id) => id !== '' && id !== '0')),
      isCommenter: (email, name) => isMyAddress(email) || isMyName(name),
    };
    for (const [index, entry] of files.entries()) yield* readItems(entry, channels[index]!, owner);
  },
};

async function loginsOf(archive: Export): Promise<string[]> {
  const files = await wxrFiles(archive);
  const authors = (await channelsOf(files)).flatMap((channel) => channel.authors);
  const logins = new Set(authors.map(({ login }) => login));
  // Before version 1.1 the authors were not listed.
  if (logins.size === 0) for (const entry of files) for await (const login of creators(entry)) logins.add(login);
  return [...logins];
}

interface Owner {
  readonly login: string;
  isAuthor(login: string): boolean;
  readonly ids: ReadonlySet<string>;
  isCommenter(email: string, name: string): boolean;
}

function wxrFiles(archive: Export): Promise<Entry[]> {
  const candidates = archive.entries.filter(
    ({ path }) => /\.(xml|wxr|txt|rss)$/i.test(path) || !/\.\w{2,5}$/.test(path),
  );
  return withHead(candidates, 16 << 10, (head) => head.includes('wordpress.org/export/'));
}

interface Channel {
  /** Without its scheme: which of two sites a post with a certain number is on. */
  readonly site: string;
  readonly language: string;
  readonly authors: readonly {
    readonly login: string;
    readonly id: string;
    readonly email: string;
    readonly name: string;
  }[];
}

async function channelsOf(files: readonly Entry[]): Promise<Channel[]> {
  const channels: Channel[] = [];
  for (const entry of files) channels.push(await channelOf(entry));
  return channels;
}

async function channelOf(entry: Entry): Promise<Channel> {
  let site = '';
  let language = '';
  const authors: Channel['authors'][number][] = [];
  for await (const piece of xmlPieces(await entry.open(), ['item', 'author', 'base_blog_url', 'language'])) {
    if (!('node' in piece)) continue;
    const { node } = piece;
    if (node.name === 'item') break;
    if (node.name === 'base_blog_url') site = withoutScheme(markupOf(node));
    else if (node.name === 'language') language = markupOf(node).trim();
    else if (node.uri.startsWith(EXPORT)) {
      const login = textIn(node, 'author_login');
      if (login === '') continue;
      authors.push({
        login,
        id: textIn(node, 'author_id'),
        email: textIn(node, 'author_email'),
        name: textIn(node, 'author_display_name'),
      });
    }
  }
  return { site, language, authors };
}

function withoutScheme(url: string): string {
  return url
    .trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/$/, '');
}

async function* creators(entry: Entry): AsyncGenerator<string> {
  for await (const piece of xmlPieces(await entry.open(), ['item'])) {
    const creator = 'node' in piece ? textIn(piece.node, 'creator') : '';
    if (creator !== '') yield creator;
  }
}

async function* readItems(entry: Entry, channel: Channel, owner: Owner): AsyncGenerator<Unread | Omission> {
  for await (const piece of xmlPieces(await entry.open(), ['item'])) {
    const place = `${entry.path}, item ${piece.number + 1}`;
    if ('node' in piece) {
      const { node } = piece;
      yield { place, size: sizeOf(node), read: () => [...readItem(node, channel, owner, place)] };
    } else
      yield { omitted: piece.problem === 'cut off' ? 'cut off' : 'unreadable', place: `${place}: ${piece.problem}` };
  }
}

function* readItem(item: XmlNode, channel: Channel, owner: Owner, place: string): Generator<Post | Omission> {
  const reason = reasonToOmit(item);
  if (reason) {
    yield { omitted: reason, place };
    return;
  }
  const login = textIn(item, 'creator');
  const isMine = owner.isAuthor(login);
  const number = textIn(item, 'post_id', EXPORT) || textIn(item, 'post_id');
  if (number === '') {
    yield { omitted: 'unreadable', place };
    return;
  }
  const id = `${channel.site || withoutScheme(textIn(item, 'guid').replace(/\?.*$/, ''))}?p=${number}`;
  const isHidden = textIn(item, 'status') === 'private' || textIn(item, 'post_password') !== '';
  const visibility: Post['visibility'] = isHidden ? 'private' : 'public';
  if (isMine) yield toArticle(item, { id, login, visibility, channel }) ?? { omitted: 'no text', place };
  else yield { omitted: 'by another', place };
  for (const comment of childrenOf(item, 'comment')) {
    yield readComment(comment, { id, visibility, isMine, owner, place });
  }
}

const STATUSES = new Set(['publish', 'private']);
const TYPES = new Set(['post', 'page']);

function reasonToOmit(item: XmlNode): string | undefined {
  const type = textIn(item, 'post_type') || 'post';
  if (!TYPES.has(type)) return `of type ${type}`.slice(0, 60);
  const status = textIn(item, 'status') || 'publish';
  if (!STATUSES.has(status)) return status === 'trash' ? 'trashed' : 'draft';
  const isReblog = childrenOf(item, 'postmeta').some((meta) => textIn(meta, 'meta_key') === 'is_reblog');
  if (isReblog) return 'reblog';
  const isQuote = childrenOf(item, 'category').some(({ attributes }) => attributes.nicename === 'post-format-quote');
  return isQuote ? 'quote' : undefined;
}

interface ArticleContext {
  readonly id: string;
  readonly login: string;
  readonly visibility: Post['visibility'];
  readonly channel: Channel;
}

function toArticle(item: XmlNode, { id, login, visibility, channel }: ArticleContext): Post | null {
  const content =
    childOf(item, 'encoded', CONTENT) ?? childrenOf(item, 'encoded').find(({ uri }) => !uri.includes('excerpt'));
  const stored = content ? markupOf(content) : '';
  const words = isPageBuilders(stored) ? '' : ownContent(stored);
  if (!hasWords(words)) return null;
  const name = channel.authors.find((author) => author.login === login)?.name;
  const title = wordsOf(textIn(item, 'title').slice(0, 1000));
  const url = textIn(item, 'link');
  const tags = childrenOf(item, 'category')
    .filter(({ attributes }) => attributes.domain === 'post_tag' || attributes.domain === 'tag')
    .map((tag) => wordsOf(markupOf(tag).slice(0, 200)));
  return {
    service: 'wordpress',
    id,
    author: { id: login || 'owner', ...(name && { name }) },
    mine: true,
    time: timeOf(item),
    text: words,
    markup: 'html',
    kind: 'article',
    visibility,
    thread: id,
    ...(title && { title }),
    ...(url && { url }),
    ...(/^[a-z]{2,3}(-\w+)*$/i.test(channel.language) && { language: channel.language }),
    ...(tags.length > 0 && { tags: [...new Set(tags)] }),
  };
}

/** Some page builders keep JSON where the text is. */
function isPageBuilders(stored: string): boolean {
  return /^\s*[[{]\s*[{"]/.test(stored) && /[}\]]\s*$/.test(stored);
}

/** Where the time in UTC is not set, the feed's own, or the site's clock taken as UTC: at most some hours wrong. */
function timeOf(item: XmlNode): string | null {
  const zero = (time: string) => (time.startsWith('0000') ? '' : time);
  return (
    fromNaive(zero(textIn(item, 'post_date_gmt'))) ??
    fromNamedMonth(textIn(item, 'pubDate').replace(/-0001/, '')) ??
    fromNaive(zero(textIn(item, 'post_date')))
  );
}

interface CommentContext {
  readonly id: string;
  readonly visibility: Post['visibility'];
  readonly isMine: boolean;
  readonly owner: Owner;
  readonly place: string;
}

/** By the owner, on any post; by others, as context, where the post is the owner's. */
function readComment(comment: XmlNode, { id, visibility, isMine, owner, place }: CommentContext): Post | Omission {
  const number = textIn(comment, 'comment_id');
  const where = `${place}, comment ${number}`;
  const type = textIn(comment, 'comment_type');
  if (type !== '' && type !== 'comment') return { omitted: type.slice(0, 60), place: where };
  if (textIn(comment, 'comment_approved') !== '1') return { omitted: 'comment held back', place: where };
  const name = textIn(comment, 'comment_author');
  const email = textIn(comment, 'comment_author_email');
  const isOwn = owner.ids.has(textIn(comment, 'comment_user_id')) || owner.isCommenter(email, name);
  if (!isOwn && !isMine) return { omitted: 'by another', place: where };
  const words = ownContent(textIn(comment, 'comment_content'));
  if (number === '' || !hasWords(words)) return { omitted: 'no text', place: where };
  const parent = textIn(comment, 'comment_parent');
  return {
    service: 'wordpress',
    id: `${id}#comment-${number}`,
    author: isOwn && owner.login !== '' ? { id: owner.login, name } : { id: name || 'anonymous' },
    mine: isOwn,
    time: fromNaive(textIn(comment, 'comment_date_gmt')) ?? fromNaive(textIn(comment, 'comment_date')),
    text: words,
    markup: 'html',
    kind: 'comment',
    visibility,
    thread: id,
    inReplyTo: parent === '' || parent === '0' ? id : `${id}#comment-${parent}`,
  };
}
