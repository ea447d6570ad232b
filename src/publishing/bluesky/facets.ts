/** Links, mentions and hashtags of a text, which Bluesky only knows where a post marks them by their UTF-8 bytes. */
import type { AppBskyRichtextFacet } from '@atcute/bluesky';
import { type Allowed, removeReferences } from '../../generation/remove-references.ts';

type Did = `did:${string}:${string}`;

/** As Bluesky's own client finds them (rich-text/util.ts of @atproto/api). */
const MENTION = /(?<=^|[\s(])@(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*\b/giu;
const LINK = /(?<=^|[\s(])(?:https?:\/\/\S+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#]\S*)?(?![\p{L}\p{N}_@-]))/giu;
const HASHTAG = /(?<=^|\s)[#＃](?!\ufe0f)[^\s\p{Cf}]*[^\d\s\p{P}\p{Cf}][^\s\p{Cf}]*/gu;
const HASHTAG_MAX = 64; // graphemes; its characters are never fewer

/**
 * Marks only what its owner allowed; all else is plain text and leads nowhere.
 * @param resolve the DID of a handle; null where nobody has it, and it stays plain
 */
export async function findFacets(
  text: string,
  allowed: Allowed,
  resolve: (handle: string) => Promise<Did | null>,
): Promise<AppBskyRichtextFacet.Main[]> {
  const facets: AppBskyRichtextFacet.Main[] = [];
  const mark = (index: number, reference: string, feature: AppBskyRichtextFacet.Main['features'][number]) => {
    const byteStart = Buffer.byteLength(text.slice(0, index));
    facets.push({ index: { byteStart, byteEnd: byteStart + Buffer.byteLength(reference) }, features: [feature] });
  };

  for (const { 0: mention, index } of text.matchAll(MENTION)) {
    const did = isAllowed(mention, allowed) ? await resolve(mention.slice(1)) : null;
    if (did) mark(index, mention, { $type: 'app.bsky.richtext.facet#mention', did });
  }
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const link = withoutPunctuation(found);
    const uri = URL.parse(/^https?:/i.test(link) ? link : `https://${link}`)?.href;
    if (uri && isAllowed(link, allowed)) {
      mark(index, link, { $type: 'app.bsky.richtext.facet#link', uri: uri as `${string}:${string}` });
    }
  }
  for (const { 0: found, index } of text.matchAll(HASHTAG)) {
    const hashtag = found.replace(/\p{P}+$/u, '');
    const tag = hashtag.slice(1);
    if (tag !== '' && tag.length <= HASHTAG_MAX && isAllowed(hashtag, allowed)) {
      mark(index, hashtag, { $type: 'app.bsky.richtext.facet#tag', tag });
    }
  }
  return facets.sort((a, b) => a.index.byteStart - b.index.byteStart);
}

/** What the tidying of generated texts leaves where it is. */
function isAllowed(reference: string, allowed: Allowed): boolean {
  return removeReferences(reference, allowed) === reference;
}

function withoutPunctuation(link: string): string {
  const bare = link.replace(/[.,;:!?'"”’]+$/u, '');
  return bare.endsWith(')') && !bare.includes('(') ? bare.slice(0, -1) : bare;
}
