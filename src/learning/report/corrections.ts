/** What the owner keeps changing: the words that edits take out and put in. Pure. */
import { diffWords } from 'diff';

export interface Correction {
  readonly draft: number;
  readonly before: string;
  readonly after: string;
  /** Pieces in the order of the text. */
  readonly pieces: readonly { readonly kind: 'kept' | 'removed' | 'added'; readonly text: string }[];
}

export function correctionOf({ draft, before, after }: Pick<Correction, 'draft' | 'before' | 'after'>): Correction {
  const pieces = diffWords(before, after).map(({ added, removed, value }) => ({
    kind: added ? ('added' as const) : removed ? ('removed' as const) : ('kept' as const),
    text: value,
  }));
  return { draft, before, after, pieces };
}

export interface Change {
  readonly kind: 'removed' | 'added';
  readonly text: string;
  /** Edits that make it. */
  readonly edits: number;
}

/** The changes that several edits make, most frequent first. */
export function repeatedChanges(corrections: readonly Correction[], most = 10): readonly Change[] {
  const counts = new Map<string, Change>();
  for (const { pieces } of corrections) {
    const own = new Set(
      pieces
        .filter(({ kind }) => kind !== 'kept')
        .map(({ kind, text }) => JSON.stringify([kind, text.trim().toLowerCase()])),
    );
    for (const key of own) {
      const [kind, text]: ['removed' | 'added', string] = JSON.parse(key);
      if (text !== '') counts.set(key, { kind, text, edits: (counts.get(key)?.edits ?? 0) + 1 });
    }
  }
  return [...counts.values()]
    .filter(({ edits }) => edits > 1)
    .toSorted((a, b) => b.edits - a.edits)
    .slice(0, most);
}
