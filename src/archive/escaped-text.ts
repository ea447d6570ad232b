/** Plain text that a service escaped as if it were HTML. */

const ESCAPES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** Undoes it once: `&amp;lt;` is `&lt;`, as its author wrote. */
export function unescapeOnce(escaped: string): string {
  return escaped.replace(/&(?:amp|lt|gt);/g, (name) => ESCAPES[name] ?? name);
}
