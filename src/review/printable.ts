/** Text for a terminal: what a model or a network wrote is shown, never obeyed. */
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

// Control characters, and those that turn or hide what follows: bidirectional overrides, zero-width spaces, tags.
const UNPRINTABLE = /[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e0fff}]/gu;

/** Escapes what a terminal would act on; line breaks stay unless `oneLine`. */
export function printable(text: string, { oneLine = false } = {}): string {
  return text.replaceAll(UNPRINTABLE, (character) => {
    if (character === '\n') return oneLine ? ' ' : character;
    const code = character.codePointAt(0)!;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code); // ␛ and its kind
    return code === 0x7f ? '␡' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}

/** Lines of at most `width` columns; a word longer than a line is cut. */
export function wrapped(text: string, width: number): string[] {
  return wrapAnsi(text, Math.max(1, width), { hard: true, trim: true }).split('\n');
}

/** `left` and `right` at the two ends of a line, or on two lines where it is too narrow. */
export function apart(left: string, right: string, width: number): string[] {
  const gap = width - stringWidth(left) - stringWidth(right);
  return gap >= 2 ? [left + ' '.repeat(gap) + right] : [left, right].flatMap((text) => wrapped(text, width));
}

/** As many items to a line as fit, and none of them broken unless it is wider than a line. */
export function flowed(items: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const longer = `${lines.at(-1)}${separator}${item}`;
    if (lines.length > 0 && stringWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(item);
  }
  return lines.flatMap((line) => wrapped(line, width));
}

/** Cut to `width` columns, with an ellipsis where something is missing. */
export function shortened(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const [line = ''] = wrapAnsi(text, Math.max(1, width - 1), { hard: true }).split('\n');
  return `${line.trimEnd()}…`;
}
