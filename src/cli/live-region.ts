/**
 * The last lines of a terminal, written over and over while what is above them stays and scrolls. Hides no cursor and
 * changes no mode: whatever ends the process, and when, leaves the terminal as it should be. Knows nothing of what is shown.
 */
import stringWidth from 'string-width';

const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
/** Terminals that know it show nothing before all of it is there; the others ignore it. */
const BEGIN_FRAME = '\x1b[?2026h';
const END_FRAME = '\x1b[?2026l';

export interface LiveRegion {
  /** @param above lines that are to stay, over the region. */
  draw(lines: readonly string[], above?: readonly string[]): void;
}

/** Each line must be narrower than the terminal, and all of them fewer than its rows. The cursor stands below them. */
export function liveRegion(stream: NodeJS.WriteStream): LiveRegion {
  let drawn: readonly string[] = [];
  return {
    draw(lines, above = []) {
      const columns = stream.columns || 80;
      // A terminal that became narrower has broken the old lines into more rows.
      const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0);
      const up = rows > 0 ? `\x1b[${rows}A` : '';
      const text = [...above, ...lines].map((line) => `${line}${CLEAR_LINE}\r\n`).join('');
      stream.write(`${BEGIN_FRAME}\r${up}${text}${CLEAR_BELOW}${END_FRAME}`);
      drawn = lines;
    },
  };
}
