/** A post of Tumblr's first API, as XML or as the same in JSON, in the words of the later one. */
import { childrenOf, markupOf, type XmlNode } from './xml-node.ts';

type Fields = Readonly<Record<string, string>>;

/** Attributes and elements under one roof; an element that is repeated is its last. */
export function fieldsOfXml(post: XmlNode): { readonly fields: Fields; readonly tags: readonly string[] } {
  const elements = post.children.filter((child): child is XmlNode => typeof child !== 'string');
  return {
    fields: { ...post.attributes, ...Object.fromEntries(elements.map((child) => [child.name, markupOf(child)])) },
    tags: childrenOf(post, 'tag').map((tag) => markupOf(tag)),
  };
}

const TYPES: Readonly<Record<string, string>> = { regular: 'text', conversation: 'chat' };

/** As the later API has it, to be read as such. */
export function fromV1(fields: Fields, tags: readonly string[], blog: string): object {
  const type = fields.type ?? '';
  return {
    id: fields.id,
    type: TYPES[type] ?? type,
    blog_name: blog,
    post_url: fields['url-with-slug'] ?? fields.url,
    timestamp: fields['unix-timestamp'],
    date: fields['date-gmt'],
    state: fields.state ?? (fields.private === 'true' ? 'private' : 'published'),
    tags,
    reblogged_from_name: fields['reblogged-from-name'] ?? fields['reblogged-from-url'],
    reblogged_root_id: fields['reblogged-root-name'] ?? fields['reblogged-root-url'],
    title: fields['regular-title'],
    body: fields['regular-body'],
    caption: fields['photo-caption'] ?? fields['video-caption'] ?? fields['audio-caption'],
    description: fields['link-description'],
    question: fields.question,
    answer: fields.answer,
  };
}
