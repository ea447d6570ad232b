const UNITS_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;
type Unit = keyof typeof UNITS_MS;

export const DURATION_PATTERN = /^\d+(\.\d+)?[smhd]$/;

/** "4h" → 14 400 000 ms. The text must match DURATION_PATTERN. */
export function parseDuration(text: string): number {
  const unit = Object.entries(UNITS_MS).find(([letter]) => text.endsWith(letter));
  if (unit === undefined || !DURATION_PATTERN.test(text)) throw new Error(`Not a duration: ${text}`);
  return Math.round(Number(text.slice(0, -1)) * unit[1]);
}

/** 14 400 000 ms → "4h": in the largest unit of which it is a whole number, else in seconds. */
export function formatDuration(ms: number): string {
  const units: readonly Unit[] = ['d', 'h', 'm', 's'];
  const unit = units.find((letter) => ms >= UNITS_MS[letter] && ms % UNITS_MS[letter] === 0) ?? 's';
  return `${ms / UNITS_MS[unit]}${unit}`;
}
