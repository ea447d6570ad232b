/** One post of Tumblr's API, in its older or its newer form: whose words are in it. */
import { z } from 'zod';
import { fromNaive, fromSeconds } from './instant.ts';
import { id, listOf, text } from './loose-fields.ts';
import { hasWords, wordsOf } from './own-html.ts';
import type { Omission, Post } from './post.ts';
import { blockSchema, layoutSchema, wordsOfBlocks } from './tumblr-blocks.ts';
import { ownPart } from './tumblr-ladder.ts';
import { talkInTags } from './tumblr-tags.ts';

const trailItem = z.object({
  blog: z.object({ name: text }).optional().catch(undefined),
  post: z.object({ id }).optional().catch(undefined),
  content_raw: text,
  content: z.unknown().optional(),
  is_current_item: z.boolean().catch(false),
  is_root_item: z.boolean().catch(false),
});

const postSchema = z.object({
  id,
  id_string: id,
  type: text,
  original_type: text,
  blog_name: text,
  post_url: text,
  timestamp: z.union([z.number(), z.string()]).optional().catch(undefined),
  date: text,
  state: text,
  tags: listOf(z.string()),
  is_submission: z.boolean().catch(false),
  reblogged_from_id: id,
  reblogged_from_name: text,
  reblogged_from_url: text,
  reblogged_from_uuid: text,
  reblogged_root_id: id,
  reblogged_root_name: text,
  reblogged_root_url: text,
  reblogged_root_uuid: text,
  root_id: id,
  parent_post_id: id,
  parent_post_url: text,
  reblog: z.object({ comment: text, tree_html: text }).optional().catch(undefined),
  trail: listOf(trailItem),
  title: text,
  body: text,
  caption: text,
  description: text,
  question: text,
  answer: text,
  asking_name: text,
  content: z.array(z.unknown()).optional().catch(undefined),
  layout: listOf(layoutSchema),
});
export type TumblrPost = z.output<typeof postSchema>;

/** Null where `value` is no post. */
export function parseTumblrPost(value: unknown): TumblrPost | null {
  const { data } = postSchema.safeParse(value);
  return data && (data.id_string || data.id) !== '' && (data.type !== '' || data.content) ? data : null;
}

interface Words {
  readonly own: string;
  readonly markup: Post['markup'];
  readonly isReblog: boolean;
  readonly question: string;
  readonly asker: string;
}

/** The post, with the question that it answers before it; or why there is none; and what its tags say, if they are to be read. */
export function* readTumblrPost(post: TumblrPost, place: string, tagsAsTalk = false): Generator<Post | Omission> {
  const reason = reasonToOmit(post);
  if (reason) {
    yield { omitted: reason, place };
    return;
  }
  const words = post.content ? blockWords(post) : legacyWords(post);
  if (hasWords(words.own)) yield* withQuestion(toPost(post, words), words);
  else yield { omitted: words.isReblog ? 'reblog' : emptyReason(post), place };
  const talk = tagsAsTalk ? talkInTags(toPost(post, words)) : undefined;
  if (talk) yield talk;
}

function* withQuestion(answer: Post, words: Words): Generator<Post> {
  if (!hasWords(words.question)) {
    yield answer;
    return;
  }
  const { tags, title, url, ...common } = answer;
  const question = `${answer.id}/question`;
  yield {
    ...common,
    id: question,
    author: { id: words.asker || 'anonymous' },
    mine: false,
    text: words.question,
    kind: 'comment',
    thread: answer.id,
  };
  yield { ...answer, kind: 'comment', thread: answer.id, inReplyTo: question };
}

function reasonToOmit(post: TumblrPost): string | undefined {
  if (post.is_submission) return 'submission';
  if (!['', 'published', 'private'].includes(post.state)) return 'draft';
  return undefined;
}

function emptyReason({ type, original_type }: TumblrPost): string {
  const kind = original_type || type;
  if (kind === 'quote') return 'quote';
  return kind === 'chat' || kind === 'conversation' ? 'chat' : 'no text';
}

const SOURCES = [
  'reblogged_from_id',
  'reblogged_from_name',
  'reblogged_from_url',
  'reblogged_from_uuid',
  'reblogged_root_id',
  'reblogged_root_name',
  'reblogged_root_url',
  'reblogged_root_uuid',
  'parent_post_id',
  'parent_post_url',
] as const satisfies (keyof TumblrPost)[];

/** Any of these tells it, and dumps have now the one, now the other. Of a post that is none, `root_id` is its own. */
function isReblogOf(post: TumblrPost): boolean {
  const own = post.id_string || post.id;
  const { trail, root_id, blog_name } = post;
  return (
    SOURCES.some((source) => post[source] !== '') ||
    (root_id !== '' && root_id !== own && root_id !== post.id) ||
    trail.some((item) => !item.is_current_item && (item.blog?.name !== blog_name || (item.post?.id ?? own) !== own)) ||
    (trail.length > 0 && !trail.some(({ is_root_item }) => is_root_item)) ||
    (post.reblog?.tree_html ?? '').trim() !== ''
  );
}

/** What the trail holds is by those whom it came through, or is by the owner and stands in a post of its own. */
function blockWords(post: TumblrPost): Words {
  const { own, question, asker } = wordsOfBlocks(listOf(blockSchema).parse(post.content), post.layout);
  const isReblog = isReblogOf(post);
  return { own, markup: 'plain', isReblog, question: isReblog ? '' : question, asker: asker || post.asking_name };
}

function legacyWords(post: TumblrPost): Words {
  const said = { markup: 'html', question: '', asker: post.asking_name } as const;
  if (isReblogOf(post)) {
    const current = currentItem(post);
    const added = current?.content_raw || (typeof current?.content === 'string' ? current.content : '');
    const own = ownPart(added || (post.reblog?.comment ?? '')).html || addedBelow(post);
    return { ...said, own, isReblog: true };
  }
  const { isReblog, html } = ownPart(bodyOf(post));
  return {
    ...said,
    own: html,
    isReblog,
    question: post.type === 'answer' && !isReblog ? ownPart(post.question).html : '',
  };
}

/** Where it is not marked, the last one is it, if it is the blog's and of no other post. */
function currentItem({ trail, blog_name, id_string, id }: TumblrPost): TumblrPost['trail'][number] | undefined {
  const last = trail.at(-1);
  const isOwn = last?.blog?.name === blog_name && (!last.post?.id || last.post.id === (id_string || id));
  return trail.find(({ is_current_item }) => is_current_item) ?? (isOwn ? last : undefined);
}

/** Only where the parts are not given apart: what stands below the ladder, if there is one. */
function addedBelow(post: TumblrPost): string {
  if (post.reblog || post.trail.length > 0) return '';
  const { isReblog, html } = ownPart(bodyOf(post));
  return isReblog ? html : '';
}

/** The text of quotations and dialogues is not the owner's; that of links and questions is beside theirs. */
function bodyOf(post: TumblrPost): string {
  switch (post.type) {
    case 'answer':
      return post.answer;
    case 'link':
      return post.description;
    case 'quote':
    case 'chat':
    case 'conversation':
      return '';
    default:
      return post.body || post.caption;
  }
}

function toPost(post: TumblrPost, { own, markup, isReblog }: Words): Post {
  const title = isReblog || post.type === 'link' ? '' : wordsOf(post.title.slice(0, 1000));
  return {
    service: 'tumblr',
    id: post.id_string || post.id,
    author: { id: post.blog_name || 'owner' },
    mine: true,
    time: fromSeconds(post.timestamp) ?? fromNaive(post.date.replace(/ (?:GMT|UTC)$/, '')),
    text: own,
    markup,
    kind: 'post',
    visibility: post.state === 'private' ? 'private' : 'public',
    ...(title && { title }),
    ...(post.reblogged_from_id && { inReplyTo: post.reblogged_from_id }),
    ...(post.post_url && { url: post.post_url }),
    ...(post.tags.length > 0 && { tags: post.tags }),
  };
}
