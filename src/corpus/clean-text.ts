import type { About, Rule } from './rules.ts';

export type Cleaned =
  | { readonly text: string; readonly changedBy: readonly string[] }
  /** `text` is what the rule was given. */
  | { readonly droppedBy: string; readonly text: string };

/** No text that a person wrote is longer. In characters. */
const LONGEST_TEXT = 16 << 20;
/** Of such a one, what is listed. */
const BEGINNING = 1000;

/** The text after all rules, or the rule that left no words in it. */
export function cleanText(raw: string, about: About, rules: readonly Rule[]): Cleaned {
  if (raw.length > LONGEST_TEXT) return { droppedBy: 'too long', text: raw.slice(0, BEGINNING) };
  const changedBy: string[] = [];
  let text = raw;
  for (const { name, apply } of rules) {
    const next = apply(text, about);
    if (!hasWords(next)) return { droppedBy: name, text };
    if (next !== text) changedBy.push(name);
    text = next;
  }
  return { text, changedBy };
}

function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
