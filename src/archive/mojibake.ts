/** Meta's exports write each byte of UTF-8 as a character of its own: `Ã©` for é. For those exports only. */

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undoes it for each run of such characters that is UTF-8 as a whole; "café", which was never damaged, stays. */
export function withoutMojibake(text: string): string {
  return text.replace(/[\u0080-\u00ff]{2,}/g, (run) => {
    try {
      return strictUtf8.decode(Buffer.from(run, 'latin1'));
    } catch {
      return run;
    }
  });
}

/** Deeper than any export, and less than the stack. */
const DEEPEST = 100;

/** The same for every string and key of a value from JSON. What is nested deeper than any export is left out. */
export function withoutMojibakeIn(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutMojibake(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return null;
  if (Array.isArray(value)) return value.map((element) => withoutMojibakeIn(element, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [withoutMojibake(key), withoutMojibakeIn(inner, depth + 1)]),
  );
}
