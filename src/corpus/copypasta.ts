/** Finds what goes about on Discord from hand to hand: nobody types the same long text again and again. */
import type { Document } from './document.ts';

/** In characters: shorter ones are ways of speaking. */
const SHORTEST = 100;
/** Twice may be a text for two channels. */
const FEWEST_TIMES = 3;
const SERVICE = 'discord';

/** Texts that were sent three times or more, of a hundred characters or more: not even once are they the sender's own. */
export function pastedTexts(documents: readonly Pick<Document, 'source' | 'text'>[]): ReadonlySet<string> {
  const times = new Map<string, number>();
  for (const { source, text } of documents) {
    if (source === SERVICE && text.length >= SHORTEST) times.set(text, (times.get(text) ?? 0) + 1);
  }
  return new Set([...times].filter(([, count]) => count >= FEWEST_TIMES).map(([text]) => text));
}
