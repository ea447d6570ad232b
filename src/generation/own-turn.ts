/**
 * What others said is quoted in the dialogues that a model reads (`> …`), so that where it writes such a line it speaks for
 * somebody else. Its own turn ends before.
 */
const ANOTHERS = /^[^\S\n]*(?:>|＞|&gt;)/mu;

/** The turn without what it goes on to say for others; '' where it begins with that. */
export function ownTurn(text: string): { readonly text: string; readonly wasCut: boolean } {
  const at = text.search(ANOTHERS);
  return at === -1 ? { text, wasCut: false } : { text: text.slice(0, at).trimEnd(), wasCut: true };
}

/** The first line that speaks for somebody else; undefined where none does. */
export function anothersLine(text: string): string | undefined {
  const at = text.search(ANOTHERS);
  return at === -1 ? undefined : text.slice(at).split('\n', 1)[0]!.trim();
}
