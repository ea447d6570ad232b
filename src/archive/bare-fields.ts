/** As loose-fields.ts, without schemas: for what is read by the hundred thousand, where they take most of the time. */

export type Bare = Readonly<Record<string, unknown>>;

const NOTHING: Bare = {};

export function isBare(value: unknown): value is Bare {
  return typeof value === 'object' && value !== null;
}

export function objectIn(holder: Bare, name: string): Bare {
  const value = holder[name];
  return isBare(value) ? value : NOTHING;
}

/** '' where there is none; numbers as text, as ids may be either. */
export function textIn(holder: Bare, name: string): string {
  const value = holder[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

export function listIn(holder: Bare, name: string): readonly unknown[] {
  const value = holder[name];
  return Array.isArray(value) ? value : [];
}
