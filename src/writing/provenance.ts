/** Who wrote each character of a text. */
import { diffWordsWithSpace } from 'diff';

export type Origin =
  | { readonly by: 'prompt' }
  | { readonly by: 'model'; readonly model: string; readonly hash: string; readonly seed: number }
  /** Typed as a continuation. */
  | { readonly by: 'person' }
  /** Put in by changing what stood there. */
  | { readonly by: 'edited' };
export type Writer = Origin['by'];

export interface Segment {
  readonly text: string;
  readonly origin: Origin;
}

export const WRITERS: readonly Writer[] = ['prompt', 'model', 'person', 'edited'];

export function textOf(segments: readonly Segment[]): string {
  return segments.map(({ text }) => text).join('');
}

export function withSegment(segments: readonly Segment[], segment: Segment): readonly Segment[] {
  const last = segments.at(-1);
  if (segment.text === '') return segments;
  if (!last || !isSame(last.origin, segment.origin)) return [...segments, segment];
  return segments.with(-1, { ...last, text: last.text + segment.text });
}

function isSame(a: Origin, b: Origin): boolean {
  if (a.by !== 'model' || b.by !== 'model') return a.by === b.by;
  return a.model === b.model && a.hash === b.hash && a.seed === b.seed;
}

/** Of changes; where there are more, all between the beginning and the end that stayed counts as changed. */
const MOST_CHANGES = 3000;

/** `segments` after their text was changed into `text`: words that stand where they stood keep their writer. */
export function afterEdit(segments: readonly Segment[], text: string): readonly Segment[] {
  const before = textOf(segments);
  const changes = diffWordsWithSpace(before, text, { maxEditLength: MOST_CHANGES }) ?? roughChanges(before, text);
  let result: readonly Segment[] = [];
  let at = 0;
  for (const { added, removed, value } of changes) {
    if (added) result = withSegment(result, { text: value, origin: { by: 'edited' } });
    else {
      if (!removed) for (const kept of slice(segments, at, at + value.length)) result = withSegment(result, kept);
      at += value.length;
    }
  }
  return withoutCrumbs(result);
}

/** A space that stayed between two words that were put in is theirs. */
function withoutCrumbs(segments: readonly Segment[]): readonly Segment[] {
  const isEdited = (at: number) => segments[at]?.origin.by === 'edited';
  return segments.reduce<readonly Segment[]>((result, segment, at) => {
    const isCrumb = segment.text.trim() === '' && isEdited(at - 1) && isEdited(at + 1);
    return withSegment(result, isCrumb ? { text: segment.text, origin: { by: 'edited' } } : segment);
  }, []);
}

interface Change {
  readonly added?: boolean;
  readonly removed?: boolean;
  readonly value: string;
}

function roughChanges(before: string, after: string): Change[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return [
    { value: before.slice(0, start) },
    { removed: true, value: before.slice(start, before.length - end) },
    { added: true, value: after.slice(start, after.length - end) },
    { value: before.slice(before.length - end) },
  ].filter(({ value }) => value !== '');
}

/** The segments of the characters from `from` to `to`, in UTF-16 units. */
export function slice(segments: readonly Segment[], from: number, to: number): Segment[] {
  const found: Segment[] = [];
  let at = 0;
  for (const { text, origin } of segments) {
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (part !== '') found.push({ text: part, origin });
    at += text.length;
  }
  return found;
}

export interface Share {
  readonly by: Writer;
  /** Unicode code points. */
  readonly characters: number;
  /** Of all, 0 to 1. */
  readonly share: number;
}

/** A novel's characters are not counted anew for each look at the screen. */
const counted = new WeakMap<readonly Segment[], readonly Share[]>();

/** Of those who wrote something, in the order of `WRITERS`. */
export function sharesOf(segments: readonly Segment[]): readonly Share[] {
  const shares = counted.get(segments) ?? countShares(segments);
  counted.set(segments, shares);
  return shares;
}

function countShares(segments: readonly Segment[]): Share[] {
  const counts = new Map<Writer, number>();
  for (const { text, origin } of segments) counts.set(origin.by, (counts.get(origin.by) ?? 0) + [...text].length);
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return WRITERS.flatMap((by) => {
    const characters = counts.get(by) ?? 0;
    return characters > 0 ? [{ by, characters, share: characters / all }] : [];
  });
}

/**
 * What can be said of the person's part, on a log that is whole: nothing once the person typed or put in a character.
 * A prompt is the person's too, so that where there is one only what follows it is spoken of.
 */
export function statement(segments: readonly Segment[], isProven: boolean): string | null {
  const writers = new Set(sharesOf(segments).map(({ by }) => by));
  if (!isProven || !writers.has('model') || writers.has('person') || writers.has('edited')) return null;
  return writers.has('prompt') ? 'No text added by a person after the prompt.' : 'No text added by a person.';
}
