/** Of what a model wrote in answer, what is a reply: the persona's own turn alone, and of many those that differ. Pure. */
import { shinglesOf, similarity } from '../corpus/near-duplicates.ts';
import { different } from '../writing/grain.ts';

/** A line that begins so is the other's turn: see `dialogueBefore`. */
const OTHERS_TURN = /(?:^|[\n\r\u2028\u2029\u0085\v\f])[^\S\n]*>/u;

/** `written` up to where the other's turn begins; '' where it begins with that. */
export function ownTurn(written: string): string {
  const at = written.search(OTHERS_TURN);
  return at === -1 ? written : written.slice(0, at).trimEnd();
}

/** Of the shingles of two replies (Jaccard): more alike, and one of them says nothing new. Replies are short. */
const ALIKE = 0.6;

/**
 * At most `count` of them, in their order, none of them nearly the same as another or as one of `known`. Where there are more, those
 * stay that have an opening of their own and do not begin in the middle of a sentence.
 */
export function diverse<Reply extends { readonly text: string }>(
  replies: readonly Reply[],
  count: number,
  known: readonly { readonly text: string }[] = [],
): Reply[] {
  const fresh = different([...known, ...replies]).filter((one): one is Reply => !known.includes(one));
  const kept: Reply[] = [];
  const seen = known.map(({ text }) => shinglesOf(text));
  for (const reply of fresh) {
    const shingles = shinglesOf(reply.text);
    if (seen.some((other) => similarity(shingles, other) >= ALIKE)) continue;
    seen.push(shingles);
    kept.push(reply);
  }
  const openings = new Set(known.map(({ text }) => openingOf(text)));
  const [own, shared, broken]: [Reply[], Reply[], Reply[]] = [[], [], []];
  for (const reply of kept) {
    const opening = openingOf(reply.text);
    const place = BROKEN.test(reply.text) ? broken : openings.has(opening) ? shared : own;
    place.push(reply);
    if (place === own) openings.add(opening);
  }
  const chosen = new Set([...own, ...shared, ...broken].slice(0, count));
  return kept.filter((reply) => chosen.has(reply));
}

/** So begins what goes on with the other's sentence. */
const BROKEN = /^[\s,.;:!?)\]}%&/*+=-]/u;

/** The first word, in small letters. */
function openingOf(text: string): string {
  return /[\p{L}\p{N}]+/u.exec(text)?.[0].toLowerCase() ?? '';
}
