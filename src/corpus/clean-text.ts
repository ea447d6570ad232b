import type { About, Rule } from './rules.ts';

export type Cleaned =
  | { readonly text: string; readonly changedBy: readonly string[] }
  /** `text` is what the rule was given. */
  | { readonly droppedBy: string; readonly text: string };

/** No text of a person's is longer; what is cut off would be data. In characters. */
export const LONGEST_TEXT = 4 << 20;

/** The text after all rules, or the rule that left no words in it. */
export function cleanText(raw: string, about: About, rules: readonly Rule[]): Cleaned {
  const changedBy: string[] = [];
  let text = raw.slice(0, LONGEST_TEXT);
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
