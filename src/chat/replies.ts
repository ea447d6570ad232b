/** Of what could be said, what is offered: replies that differ, and differ in how they begin. Pure. */
import { differentReplies } from '../replies/different-replies.ts';

interface Reply {
  readonly text: string;
}

/**
 * At most `count` of them, in their order, none of them nearly the same as another or as one of `known`. Where there are more, those
 * stay that have an opening of their own and do not begin in the middle of a sentence.
 */
export function diverse<One extends Reply>(
  replies: readonly One[],
  count: number,
  known: readonly Reply[] = [],
): One[] {
  const fresh = new Set<Reply>(differentReplies<Reply>([...known, ...replies]));
  const openings = new Set(known.map(openingOf));
  const [own, shared, broken]: [One[], One[], One[]] = [[], [], []];
  for (const reply of replies.filter((one) => fresh.has(one) && /[\p{L}\p{N}]/u.test(one.text))) {
    const opening = openingOf(reply);
    const place = BROKEN.test(reply.text) ? broken : openings.has(opening) ? shared : own;
    place.push(reply);
    if (place === own) openings.add(opening);
  }
  const chosen = new Set([...own, ...shared, ...broken].slice(0, count));
  return replies.filter((reply) => chosen.has(reply));
}

/** So begins what goes on with the other's sentence. */
const BROKEN = /^[\s,.;:!?)\]}%&/*+=-]/u;

/** The first word, in small letters. */
function openingOf({ text }: Reply): string {
  return /[\p{L}\p{N}]+/u.exec(text)?.[0].toLowerCase() ?? '';
}
