/** Finds the signatures that no list knows: the last lines that many texts of several lines share. */

/** Texts that end in the same line, at least: so many, and this share of those with several lines. */
const FEWEST_TEXTS = 5;
const LEAST_SHARE = 0.02;
/** In characters: shorter ones may be a way of speaking ("Good night"), longer ones are text. */
const SHORTEST = 12;
const LONGEST = 200;
/** Of one signature. */
const MOST_LINES = 4;

/** The texts, without the last lines that too many of them share. `Dear all…\n\nMy blog: all about moss` ×5 → `Dear all…` */
export function withoutRepeatedLines(texts: readonly string[]): string[] {
  let result = [...texts];
  for (let round = 0; round < MOST_LINES; round++) {
    const repeated = repeatedLastLines(result);
    if (repeated.size === 0) break;
    result = result.map((text) => {
      const line = lastLine(text);
      return line !== undefined && repeated.has(line) ? text.slice(0, text.length - line.length).trimEnd() : text;
    });
  }
  return result;
}

function repeatedLastLines(texts: readonly string[]): Set<string> {
  const counts = new Map<string, number>();
  let several = 0;
  for (const text of texts) {
    const line = lastLine(text);
    if (line === undefined) continue;
    several++;
    if (line.length >= SHORTEST && line.length <= LONGEST) counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const least = Math.max(FEWEST_TEXTS, LEAST_SHARE * several);
  return new Set([...counts].filter(([, count]) => count >= least).map(([line]) => line));
}

/** Undefined where there is only one. */
function lastLine(text: string): string | undefined {
  const end = text.lastIndexOf('\n');
  return end === -1 ? undefined : text.slice(end + 1);
}
