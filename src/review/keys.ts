/** What sessions at a keyboard share: keys, the line that is typed, and what is said below. Knows no terminal and no session. */

export interface Key {
  /** As node:readline names it, or the character itself. */
  readonly name: string;
  /** The character typed, if it is one. */
  readonly character?: string | undefined;
  readonly atMs: number;
}

export type LastKey = Pick<Key, 'name' | 'atMs'> | null;

export interface Notice {
  readonly kind: 'done' | 'said' | 'failed';
  readonly text: string;
}

/** A key held down comes again after up to 660 ms, and must not decide what nobody has read. */
const HELD_MS = 700;

export function isHeld({ name, atMs }: Key, last: LastKey): boolean {
  return name === last?.name && atMs - last.atMs < HELD_MS;
}

export function isEnter({ name }: Key): boolean {
  return name === 'return' || name === 'enter';
}

/** A line after a key that is not Enter; null: it was left. */
export function lineAfter(line: string, { name, character = '' }: Key): string | null {
  switch (name) {
    case 'escape':
      return null;
    case 'backspace':
      return [...line].slice(0, -1).join('');
    case 'ctrl-u':
      return '';
    default:
      return line + character;
  }
}
