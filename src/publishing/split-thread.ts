/** Cuts a text that is longer than a post into the posts of a thread: after sentences; after words where one sentence is longer. Pure. */

export interface PostLength {
  readonly max: number;
  /** By the network's own counting. */
  readonly count: (text: string) => number;
}

export interface ThreadLimits extends PostLength {
  /** Posts of a thread; 1: it has to be one post. */
  readonly most: number;
  readonly language: string;
}

/** Every part in order, without the spaces where it was cut; null where they would be more than `most`. */
export function splitThread(text: string, limits: ThreadLimits): readonly string[] | null {
  const { max, count, most, language } = limits;
  if (count(text) <= max) return [text];
  if (most < 2) return null;
  const sentences = pieces(text, language, 'sentence');
  const parts: string[] = [];
  let part = '';
  const add = (piece: string): boolean => {
    if (count((part + piece).trim()) > max) return false;
    part += piece;
    return true;
  };
  const cut = () => {
    if (part.trim() !== '') parts.push(part.trim());
    part = '';
  };
  for (const sentence of sentences) {
    if (add(sentence)) continue;
    cut();
    if (add(sentence)) continue;
    for (const word of sentence.match(/\s*\S+\s*$|\s*\S+/gu) ?? []) {
      if (add(word)) continue;
      cut();
      if (add(word)) continue;
      for (const letter of pieces(word, language, 'grapheme')) {
        if (add(letter)) continue;
        cut();
        if (!add(letter)) return null; // one letter with a heap of accents
      }
    }
  }
  cut();
  return parts.length <= most ? parts : null;
}

function pieces(text: string, language: string, granularity: 'sentence' | 'grapheme'): string[] {
  const found = Array.from(new Intl.Segmenter(language, { granularity }).segment(text), ({ segment }) => segment);
  return granularity === 'sentence' ? joinedAtDots(found) : found;
}

/** A sentence that does not end in a space is none: `example.` and `org/path` are one link. */
function joinedAtDots(sentences: readonly string[]): string[] {
  const joined: string[] = [];
  for (const sentence of sentences) {
    const before = joined.at(-1);
    if (before !== undefined && /\S$/u.test(before) && /^[\p{Script=Latin}\p{N}/]/u.test(sentence)) {
      joined[joined.length - 1] = before + sentence;
    } else joined.push(sentence);
  }
  return joined;
}
